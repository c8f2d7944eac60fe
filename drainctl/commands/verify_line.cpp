// The options of verify.
#include <unistd.h>

#include <boost/json.hpp>
#include <climits>
#include <fstream>
#include <sstream>

#include "commands/command_line.hpp"
#include "commands/verify.hpp"

namespace lbdrain::ctl {
namespace {

constexpr Micros per_milli = 1000;

// The options as CLI11 fills them in.
struct VerifyInput {
    VerifyOptions options;
    std::string url;
    std::string model = "default";
    std::string path;
    std::string prompt = "Count from one to one hundred, in words.";
    std::string prompt_file;
    std::string body_file;
    bool chat = false;  // the default, for those who like to say it
    bool completions = false;
    bool no_stream = false;
    std::string answer = "openai";
    std::int64_t max_tokens = 64;
    std::string rate;
    std::string during;
    std::string restart;
    std::string rollout;
    std::string connections = "mixed";
    std::string duration = "60s";
    std::string warm_up = "5s";
    std::string cool_down = "5s";
    std::string stall = "30s";
    std::string connect_timeout = "5s";
    std::string max_time = "15m";
};

Micros micros_of(const std::string& duration) {
    return duration_of(duration) * per_milli;
}

// "20", "20/s", "90/m"; 0: none of that.
double rate_of(const std::string& text) {
    std::size_t used = 0;
    double rate = 0;
    try {
        rate = std::stod(text, &used);
    } catch (const std::logic_error&) {
        return 0;
    }
    const std::string unit = text.substr(used);
    if (rate <= 0 || rate > 1e6 || (!unit.empty() && unit != "/s" && unit != "/m")) {
        return 0;
    }
    return unit == "/m" ? rate / 60 : rate;
}

const CLI::Validator a_rate(
    [](std::string& text) {
        return rate_of(text) > 0 ? std::string() : "\"" + text + "\" is no rate such as 20/s";
    },
    "RATE", "rate");

std::string content_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::stringstream content;
    content << in.rdbuf();
    if (!in) {
        throw CLI::ValidationError("cannot read " + file);
    }
    return content.str();
}

std::string request_body(const VerifyInput& input) {
    if (!input.body_file.empty()) {
        return content_of(input.body_file);
    }
    const std::string prompt =
        input.prompt_file.empty() ? input.prompt : content_of(input.prompt_file);
    boost::json::object body{
        {"model", input.model}, {"max_tokens", input.max_tokens}, {"stream", !input.no_stream}};
    if (input.completions) {
        body["prompt"] = prompt;
    } else {
        body["messages"] =
            boost::json::array{boost::json::object{{"role", "user"}, {"content", prompt}}};
    }
    return boost::json::serialize(body);
}

std::string url_of(const VerifyInput& input) {
    std::string url = input.url;
    while (url.ends_with('/')) {
        url.pop_back();
    }
    if (url.find("://") == std::string::npos) {
        url.insert(0, "http://");
    }
    if (!input.path.empty()) {
        return url + (input.path.starts_with('/') ? "" : "/") + input.path;
    }
    return url + (input.completions ? "/v1/completions" : "/v1/chat/completions");
}

// This very program, with the same targets.
std::vector<std::string> own_command(const CommandLine& line,
                                     const std::vector<std::string>& words) {
    std::string self(PATH_MAX, '\0');
    const ssize_t size = ::readlink("/proc/self/exe", self.data(), self.size());
    self.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    std::vector<std::string> argv{size > 0 ? self : "drainctl"};
    if (!line.config.empty()) {
        argv.insert(argv.end(), {"--config", line.config});
    }
    for (const std::string& api : line.apis) {
        argv.insert(argv.end(), {"--api", api});
    }
    argv.insert(argv.end(), words.begin(), words.end());
    return argv;
}

void set_action(SessionOptions& session, const VerifyInput& input, const CommandLine& line) {
    if (!input.during.empty()) {
        session.action = {"sh", "-c", input.during};
        session.action_text = input.during;
    } else if (!input.restart.empty()) {
        session.action = own_command(line, {"restart", input.restart});
        session.action_text = "drainctl restart " + input.restart;
    } else if (!input.rollout.empty()) {
        session.action = own_command(line, {"rollout", input.rollout});
        session.action_text = "drainctl rollout " + input.rollout;
    }
}

VerifyOptions options_of(const VerifyInput& input, const CommandLine& line) {
    VerifyOptions options = input.options;
    SessionOptions& session = options.session;
    TrafficOptions& traffic = session.traffic;
    traffic.url = url_of(input);
    traffic.body = request_body(input);
    traffic.rate = input.rate.empty() ? 0 : rate_of(input.rate);
    traffic.connections = input.connections == "kept"    ? Connections::kept
                          : input.connections == "fresh" ? Connections::fresh
                                                         : Connections::mixed;
    traffic.expected.shape = input.answer == "events" ? Shape::events
                             : input.answer == "any"  ? Shape::plain
                                                      : Shape::openai;
    traffic.expected.stream = !input.no_stream;
    traffic.expected.max_tokens = input.body_file.empty() ? input.max_tokens : 0;
    traffic.stall = micros_of(input.stall);
    traffic.connect_timeout = micros_of(input.connect_timeout);
    traffic.max_time = micros_of(input.max_time);
    session.warm_up = micros_of(input.warm_up);
    session.cool_down = micros_of(input.cool_down);
    session.duration = micros_of(input.duration);
    set_action(session, input, line);
    return options;
}

void add_request(CLI::App& command, VerifyInput& input) {
    TrafficOptions& traffic = input.options.session.traffic;
    command.add_option("--url", input.url, "The balancer, such as http://lb:8080")->required();
    command.add_option("--model", input.model, "Name of the model");
    auto* chat =
        command.add_flag("--chat", input.chat, "POST /v1/chat/completions; this is the default");
    command.add_flag("--completions", input.completions, "POST /v1/completions")->excludes(chat);
    command.add_option("--path", input.path, "POST there instead");
    command.add_option("--prompt", input.prompt, "What to ask");
    command.add_option("--prompt-file", input.prompt_file, "The same from a file")
        ->check(CLI::ExistingFile);
    command.add_option("--body-file", input.body_file, "The whole body of each request")
        ->check(CLI::ExistingFile);
    command.add_option("--max-tokens", input.max_tokens, "Length of each answer")
        ->check(CLI::PositiveNumber);
    command.add_flag("--no-stream", input.no_stream, "Ask for the answer in one piece");
    command.add_option("--header", traffic.headers, "NAME: VALUE, sent with each; may be repeated")
        ->allow_extra_args(false);
    command
        .add_option("--answer", input.answer,
                    "openai (completions), events (any server-sent ones with [DONE]) or any")
        ->check(CLI::IsMember({"openai", "events", "any"}));
    command.add_flag("--numbered", traffic.expected.numbered,
                     "Tokens carry numbers: a test backend's \" t1 t2\", {\"token\":0}");
    command.add_option("--replica-header", traffic.replica_header,
                       "Response header that names who served");
}

void add_load(CLI::App& command, VerifyInput& input) {
    TrafficOptions& traffic = input.options.session.traffic;
    auto* rate = command.add_option("--rate", input.rate, "Open loop: requests begin so often")
                     ->check(a_rate);
    command
        .add_option("--concurrency", traffic.concurrency,
                    "Closed loop: so many clients, one request after the other (40)")
        ->check(CLI::Range(1, 100'000))
        ->excludes(rate);
    command
        .add_option("--most-in-flight", traffic.most_in_flight,
                    "Open loop: not more at a time; what is not sent counts as failed")
        ->check(CLI::PositiveNumber);
    command
        .add_option("--connections", input.connections,
                    "kept (a pool), fresh (one for each request) or mixed")
        ->check(CLI::IsMember({"kept", "fresh", "mixed"}));
    command.add_flag_callback(
        "--fresh", [&input] { input.connections = "fresh"; }, "The same as --connections fresh");
    command.add_flag("--http2", traffic.http2,
                     "HTTP/2: by ALPN; without TLS by prior knowledge, on fresh connections");
    command.add_flag("--stale-fails", traffic.stale_fails,
                     "A kept connection that was closed as the request was sent is a failure");
    command.add_option("--ca-file", traffic.ca_file, "For https, instead of the system's")
        ->check(CLI::ExistingFile);
    command.add_flag("--insecure", traffic.insecure, "Take any certificate");
    command.add_option("--stall", input.stall, "No byte for so long is a failure (30s)")
        ->check(a_duration);
    command.add_option("--connect-timeout", input.connect_timeout, "(5s)")->check(a_duration);
    command.add_option("--max-time", input.max_time, "Longest request (15m)")->check(a_duration);
}

}  // namespace

void add_verify(CommandLine& line) {
    const auto input = std::make_shared<VerifyInput>();
    CLI::App& command = *line.app.add_subcommand(
        "verify", "Load a balancer and judge every answer, while something is done to it");
    add_request(command, *input);
    add_load(command, *input);
    auto* during =
        command.add_option("--during", input->during, "Run this command (sh -c) in the middle");
    auto* restart =
        command.add_option("--restart", input->restart, "Restart SERVICE/SERVER")->excludes(during);
    command.add_option("--rollout", input->rollout, "Restart all of SERVICE")
        ->excludes(during)
        ->excludes(restart);
    command.add_option("--duration", input->duration, "Without an action: so long (60s)")
        ->check(a_duration);
    command
        .add_option("--warm-up", input->warm_up,
                    "Before the action, and until every client had a good answer (5s)")
        ->check(a_duration);
    command.add_option("--cool-down", input->cool_down, "After the action (5s)")->check(a_duration);
    command.add_option("--json", input->options.json_file, "Write the report there")
        ->type_name("FILE");
    command.add_option("--html", input->options.html_file, "Write a page with a timeline there")
        ->type_name("FILE");
    command.callback([&line, input] {
        line.offline = [&line, input] { return verify(options_of(*input, line), line.json); };
    });
}

}  // namespace lbdrain::ctl
