// docs/openapi.yaml says what the code does: every list in it is compared with the code's own.
#include "lbdrain/api/ending.hpp"
#include "lbdrain/api/read_views.hpp"
#include "lbdrain/api/views.hpp"
#include "openapi_file.hpp"

namespace lbdrain::api::test {
namespace {

TEST(OpenApi, EveryReferenceNamesSomething) {
    int count = 0;
    resolve_all(spec(), count);
    EXPECT_GT(count, 50);
}

TEST(OpenApi, EnumsAreTheCodesOwn) {
    EXPECT_EQ(names(schema("State")["enum"]), words<ServerState>());
    EXPECT_EQ(names(schema("Goal")["enum"]), words<Goal>());
    EXPECT_EQ(names(schema("Outcome")["enum"]), words<Outcome>());
    EXPECT_EQ(names(schema("OnTimeout")["enum"]), words<OnTimeout>());
    EXPECT_EQ(names(schema("ProblemCode")["enum"]), problem_codes());
}

TEST(OpenApi, PathsAreTheActionsAndTheReads) {
    Names expected{"/v1/status", "/v1/events", "/v1/services/{service}/servers/{server}"};
    for (const Action action : actions) {
        expected.insert("/v1/services/{service}/servers/{server}/" +
                        std::string(to_string(action)));
    }
    EXPECT_EQ(keys(spec()["paths"]), expected);
    EXPECT_EQ(spec()["info"]["version"].as<std::string>(), "v1");
}

TEST(OpenApi, RequestsHaveTheMembersThatAreTaken) {
    for (const Action action : actions) {
        SCOPED_TRACE(to_string(action));
        const YAML::Node request = schema(request_schema(action));
        ASSERT_TRUE(request.IsDefined());
        EXPECT_FALSE(request["additionalProperties"].as<bool>());
        const auto taken = members(action);
        EXPECT_EQ(keys(request["properties"]), Names(taken.begin(), taken.end()));
        EXPECT_EQ(operation(action)["requestBody"]["content"]["application/json"]["schema"]["$ref"]
                      .as<std::string>(),
                  "#/components/schemas/" + request_schema(action));
    }
}

TEST(OpenApi, RequestValuesThatItAllowsAreTaken) {
    const auto taken = [](Action action, const std::string& name, const json::value& value) {
        return parse_command_request(json::serialize(json::object{{name, value}}), action)
            .has_value();
    };
    for (const Action action : actions) {
        SCOPED_TRACE(to_string(action));
        for (const auto& each : schema(request_schema(action))["properties"]) {
            const auto name = each.first.as<std::string>();
            SCOPED_TRACE(name);
            const YAML::Node rule = resolve(each.second);
            const auto type = rule["type"].as<std::string>();
            if (rule["enum"]) {
                for (const std::string& word : words<OnTimeout>()) {
                    EXPECT_EQ(taken(action, name, json::string(word)),
                              names(rule["enum"]).contains(word))
                        << word;
                }
            } else if (type == "string") {
                const auto most = rule["maxLength"].as<std::size_t>();
                EXPECT_TRUE(taken(action, name, json::string(most, 'x')));
                EXPECT_FALSE(taken(action, name, json::string(most + 1, 'x')));
            } else if (type == "number") {
                const auto least = rule["minimum"].as<double>();
                const auto most = rule["maximum"].as<double>();
                EXPECT_TRUE(taken(action, name, least));
                EXPECT_TRUE(taken(action, name, most));
                EXPECT_FALSE(taken(action, name, least - 1));
                EXPECT_FALSE(taken(action, name, most + 1));
            } else {
                EXPECT_EQ(type, "boolean");
                EXPECT_TRUE(name == "force" || taken(action, name, true));
                EXPECT_TRUE(taken(action, name, false));
                EXPECT_FALSE(taken(action, name, 1));
            }
        }
    }
    EXPECT_EQ(schema("wait")["default"].as<bool>(), CommandRequest{}.wait);
    EXPECT_EQ(schema("force")["default"].as<bool>(), CommandRequest{}.force);
}

TEST(OpenApi, RequestExamplesAreTaken) {
    for (const Action action : actions) {
        const YAML::Node content = operation(action)["requestBody"]["content"]["application/json"];
        ASSERT_GE(content["examples"].size(), 1U) << to_string(action);
        for (const auto& each : content["examples"]) {
            const std::string body = json::serialize(to_value(each.second["value"]));
            const auto request = parse_command_request(body, action);
            EXPECT_TRUE(request) << body << ": " << request.error().detail;
        }
    }
}

TEST(OpenApi, ProblemsStandUnderTheirStatus) {
    Names all;
    for (const Action action : actions) {
        for (const auto& each : operation(action)["responses"]) {
            const YAML::Node response = resolve(each.second);
            for (const std::string& name : names(response["x-codes"])) {
                EXPECT_EQ(each.first.as<int>(), http_status(code_of(name))) << name;
                EXPECT_THAT(response["description"].as<std::string>(), testing::HasSubstr(name));
                all.insert(name);
            }
        }
        EXPECT_EQ(all, problem_codes()) << to_string(action);
    }
}

ServerView full_server() {
    ServerView view;
    view.goal = Goal::drained;
    view.last.outcome = Outcome::reached;
    return view;
}

// As the NGINX module shows one: what an agent says of each of its balancers.
ServerView module_server() {
    ServerView view = full_server();
    view.complete = true;
    view.out = true;
    return view;
}

void expect_members(const std::string& name, const json::value& shown) {
    SCOPED_TRACE(name);
    EXPECT_EQ(keys(schema(name)["properties"]), keys(shown));
}

// All members are required but these.
void expect_required(const std::string& name, const Names& optional) {
    SCOPED_TRACE(name);
    Names required = keys(schema(name)["properties"]);
    for (const std::string& each : optional) {
        EXPECT_EQ(required.erase(each), 1U) << each;
    }
    EXPECT_EQ(names(schema(name)["required"]), required);
}

TEST(OpenApi, SchemasHaveTheMembersThatAreShown) {
    EXPECT_EQ(names(schema("Server")["required"]), keys(json::parse(to_json(full_server()))));
    ServerView server = module_server();
    server.balancers.emplace_back();
    const json::value shown = json::parse(to_json(server));
    expect_members("Server", shown);
    expect_members("Sequence", shown.at("sequence"));
    expect_members("Ending", shown.at("last"));
    expect_members("BalancerServer", shown.at("balancers").at(0));
    for (const std::string name : {"Sequence", "Ending", "Problem", "Balancer", "BalancerServer"}) {
        expect_required(name, {});
    }
    expect_required("Server", {"balancers", "complete", "out"});
    expect_members("Problem", json::parse(to_json(Problem{})));

    StatusView status;
    EXPECT_EQ(names(schema("Status")["required"]), keys(json::parse(to_json(status))));
    status.services.push_back({"vllm", false, "drain off", 1, {server}});
    status.balancers.emplace_back();
    const json::value all = json::parse(to_json(status));
    expect_members("Status", all);
    expect_required("Status", {"balancers"});
    expect_members("Service", all.at("services").at(0));
    expect_required("Service", {"unmanaged_because"});
    expect_members("Balancer", all.at("balancers").at(0));
}

TEST(OpenApi, LinesHaveTheMembersThatAreShown) {
    const ServerView server = full_server();
    expect_members("Event", json::parse(failed_line(Problem{}, server)));
    expect_members("Event", json::parse(interrupted_line(Problem{}, server)));
    const Names plain = keys(json::parse(progress_line("progress", server)));
    EXPECT_EQ(names(schema("Event")["required"]), plain);

    const YAML::Node changes = schema("Change")["oneOf"];
    ASSERT_EQ(changes.size(), 3U);
    EXPECT_EQ(keys(changes[0]["properties"]), plain);
    EXPECT_EQ(keys(changes[1]["properties"]), keys(json::parse(removed_line("vllm", "gpu-a"))));
    EXPECT_EQ(keys(changes[2]["properties"]), keys(json::parse(interrupted_line(Problem{}))));
}

TEST(OpenApi, ExamplesOfAnswersHaveTheMembersThatAreShown) {
    const YAML::Node examples = spec()["components"]["examples"];
    const Names server = keys(json::parse(to_json(module_server())));
    for (const std::string name : {"drained", "draining"}) {
        EXPECT_EQ(keys(examples[name]["value"]), server);
    }
    EXPECT_EQ(keys(examples["changed"]["value"]["server"]), server);
    EXPECT_EQ(keys(examples["failed"]["value"]["server"]), server);
    EXPECT_EQ(keys(examples["progress"]["value"]["server"]), server);
    for (const YAML::Node& problem :
         {examples["last_ready_server"]["value"], examples["failed"]["value"]["problem"]}) {
        const Problem same{code_of(problem["code"].as<std::string>()),
                           problem["detail"].as<std::string>()};
        EXPECT_EQ(to_value(problem), json::parse(to_json(same)));
    }
}

TEST(OpenApi, ExamplesOfAnswersAreRead) {
    const YAML::Node examples = spec()["components"]["examples"];
    const auto text = [&](const char* name) {
        return json::serialize(to_value(examples[name]["value"]));
    };
    for (const char* name : {"status", "agent-status"}) {
        const auto status = read_status(text(name));
        ASSERT_TRUE(status) << name << ": " << status.error();
        EXPECT_EQ(json::parse(to_json(*status)), json::parse(text(name)));
    }
    for (const char* name : {"progress", "changed", "failed"}) {
        EXPECT_TRUE(read_event(text(name))) << name;
    }
}

}  // namespace
}  // namespace lbdrain::api::test
