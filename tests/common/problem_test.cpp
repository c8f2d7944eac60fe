#include "lbdrain/api/problem.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <map>
#include <string>

namespace lbdrain::api {
namespace {

namespace json = boost::json;

TEST(Problem, CodesAndStatusesAreStable) {
    const std::map<ProblemCode, std::pair<std::string_view, int>> all{
        {ProblemCode::unknown_service, {"unknown_service", 404}},
        {ProblemCode::unknown_server, {"unknown_server", 404}},
        {ProblemCode::last_ready_server, {"last_ready_server", 409}},
        {ProblemCode::min_ready, {"min_ready", 409}},
        {ProblemCode::sequence_running, {"sequence_running", 409}},
        {ProblemCode::drain_timeout, {"drain_timeout", 504}},
        {ProblemCode::stop_failed, {"stop_failed", 502}},
        {ProblemCode::not_ready, {"not_ready", 502}},
        {ProblemCode::cancelled, {"cancelled", 409}},
        {ProblemCode::unsupported_upstream, {"unsupported_upstream", 409}},
        {ProblemCode::bad_request, {"bad_request", 400}},
        {ProblemCode::read_only, {"read_only", 403}},
        {ProblemCode::locked, {"locked", 423}},
        {ProblemCode::balancer_unreachable, {"balancer_unreachable", 503}},
        {ProblemCode::interrupted, {"interrupted", 503}},
        {ProblemCode::overloaded, {"overloaded", 503}},
        {ProblemCode::not_found, {"not_found", 404}},
        {ProblemCode::method_not_allowed, {"method_not_allowed", 405}},
        {ProblemCode::internal, {"internal", 500}},
    };
    for (const auto& [code, expected] : all) {
        EXPECT_EQ(to_string(code), expected.first);
        EXPECT_EQ(http_status(code), expected.second) << expected.first;
    }
}

TEST(Problem, IsAProblemDetailsObject) {
    const std::string text = to_json(Problem{ProblemCode::min_ready, "a \"quoted\" detail\n"});
    EXPECT_EQ(text.back(), '\n');
    const json::value expected{{"type", "about:blank"},
                               {"title", "Too few servers would stay ready"},
                               {"status", 409},
                               {"code", "min_ready"},
                               {"detail", "a \"quoted\" detail\n"}};
    EXPECT_EQ(json::parse(text), expected);
    EXPECT_EQ(problem_media_type, "application/problem+json");
}

TEST(Problem, DamagedCodeIsAnInternalError) {
    const auto code = static_cast<ProblemCode>(1'000);
    EXPECT_EQ(to_string(code), "internal");
    EXPECT_EQ(http_status(code), 500);
}

// A path may hold any byte; the answer is JSON all the same.
TEST(Problem, DetailIsMadeUtf8) {
    const json::value body =
        json::parse(to_json(Problem{ProblemCode::unknown_service, "no \"\xFF\x80\""}));
    EXPECT_EQ(body.at("detail").as_string(), "no \"\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace lbdrain::api
