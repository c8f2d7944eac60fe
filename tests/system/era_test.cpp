// A restart through the module loses nothing, whatever vLLM's era does on SIGTERM; a bare SIGTERM
// to the same replica under the same load loses what the facts foretell.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "generation_load.hpp"
#include "http_client.hpp"
#include "nginx.hpp"
#include "ports.hpp"
#include "standin.hpp"

namespace lbdrain::test {
namespace {

struct Era {
    const char* name;
    const char* options;
    bool sigterm_loses;  // in flight requests, by a bare SIGTERM
};

std::ostream& operator<<(std::ostream& out, const Era& era) {
    return out << era.name;
}

class Eras : public testing::TestWithParam<Era> {
  protected:
    Eras() { nginx_.set_http(http()); }

    std::string http() const {
        std::string servers;
        for (const auto port : ports_) {
            servers += "    server 127.0.0.1:" + std::to_string(port) + " max_fails=0;\n";
        }
        return "drain_state state/drain;\ndrain_hook_program " LBDRAIN_HOOK
               ";\ndrain_settle 200ms;\nupstream vllm {\n" +
               servers + "    keepalive 8;\n    keepalive_timeout 4s;\n" +
               "    drain_stop_hook signal pidfile=" + standins_.pidfile("$server_port") +
               " stop_timeout=8s timeout=20s;\n    drain_start_hook exec " +
               standins_.start_program() +
               " $server_port;\n"
               "    drain_ready_check http://$server/health passes=2 interval=50ms model=standin"
               " one_token=on timeout=20s;\n}\nserver {\n    listen 127.0.0.1:" +
               std::to_string(port_) +
               ";\n    location /drain/ { drain_api write=on; }\n    location / {\n"
               "        proxy_pass http://vllm;\n        proxy_http_version 1.1;\n"
               "        proxy_set_header Connection \"\";\n        proxy_buffering off;\n    "
               "}\n}\n";
    }

    static std::string standin_options() {
        return std::string("--tokens-per-second 40 ") + GetParam().options;
    }

    testing::AssertionResult start() {
        for (const auto port : ports_) {
            if (!Standins::wait_healthy(port)) {
                return testing::AssertionFailure() << "no stand-in on port " << port;
            }
        }
        return nginx_.start();
    }

    HttpResponse restart(std::uint16_t port) const {
        return HttpClient(Endpoint::tcp(port_), Millis{60000})
            .post("/drain/v1/services/vllm/servers/127.0.0.1:" + std::to_string(port) + "/restart");
    }

    Standins standins_{standin_options()};
    std::array<std::uint16_t, 2> ports_{free_port(), free_port()};
    std::array<Process, 2> replicas_{standins_.run(ports_[0]), standins_.run(ports_[1])};
    std::uint16_t port_ = free_port();
    Nginx nginx_{{.modules = {LBDRAIN_MODULE}}};
};

TEST_P(Eras, ARestartLosesNothing) {
    ASSERT_TRUE(start());
    GenerationLoad load(Endpoint::tcp(port_), 8, 40, long_enough);
    ASSERT_TRUE(load.wait_for_answers(4));
    for (const auto port : ports_) {
        const pid_t before = standins_.pid(port);
        const auto response = restart(port);
        EXPECT_EQ(response.status, 200) << response.body;
        EXPECT_NE(standins_.pid(port), before);
        ASSERT_TRUE(load.wait_for_answers(8));
    }
    EXPECT_EQ(load.stop(), std::vector<std::string>{});
    nginx_.expect_clean_log();
}

TEST_P(Eras, ABareSigtermIsWhatItIsSaidToBe) {
    ASSERT_TRUE(start());
    GenerationLoad load(Endpoint::tcp(port_), 8, 40, Millis{4000});
    ASSERT_TRUE(load.wait_for_answers(4));
    ASSERT_EQ(::kill(standins_.pid(ports_[0]), SIGTERM), 0);
    // Every client has met what came of it: what was cut, what hangs, what is refused.
    ASSERT_TRUE(load.wait_for_answers(16));
    const auto faults = load.stop();
    if (GetParam().sigterm_loses) {
        EXPECT_FALSE(faults.empty());
    } else {
        // No answer is cut. That NGINX may say 502 to a new request was seen; why is not known: a
        // kept-alive connection that closes under it would explain it.
        EXPECT_THAT(faults, testing::Each(testing::HasSubstr("status 502")));
    }
}

INSTANTIATE_TEST_SUITE_P(
    Vllm, Eras,
    testing::Values(Era{"Folklore", "--era folklore", false}, Era{"V0_17", "--era v0.17", true},
                    Era{"V0_18", "--era v0.18", true}, Era{"V0_22", "--era v0.22", true},
                    Era{"V0_28", "--era v0.28", true},
                    Era{"V0_28_Timeout", "--era v0.28 --shutdown-timeout 30", true}),
    [](const auto& era) { return std::string(era.param.name); });

}  // namespace
}  // namespace lbdrain::test
