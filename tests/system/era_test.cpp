// A restart through the module loses nothing, whatever vLLM's era does on SIGTERM; a bare SIGTERM
// to the same replica under load loses what the facts foretell.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <regex>

#include "generation_load.hpp"
#include "http_client.hpp"
#include "nginx.hpp"
#include "ports.hpp"
#include "standin.hpp"

namespace lbdrain::test {
namespace {

using testing::Each;
using testing::HasSubstr;

struct Era {
    const char* name;
    const char* options;
};

std::ostream& operator<<(std::ostream& out, const Era& era) {
    return out << era.name;
}

class Eras : public testing::TestWithParam<Era> {
  protected:
    Eras() { nginx_.set_http(http(kept_alive)); }

    static constexpr const char* kept_alive = "    keepalive 8;\n    keepalive_timeout 4s;\n";

    // `connections`: directives for NGINX's connections to the replicas.
    std::string http(const std::string& connections) const {
        std::string servers;
        for (const auto port : ports_) {
            servers += "    server 127.0.0.1:" + std::to_string(port) + " max_fails=0;\n";
        }
        return "drain_state state/drain;\ndrain_hook_program " LBDRAIN_HOOK
               ";\ndrain_settle 200ms;\nupstream vllm {\n" +
               servers + connections +
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

    // Every client has met what came of it: what was cut, what hangs, what is refused.
    std::vector<std::string> faults_of_a_sigterm() const {
        GenerationLoad load(Endpoint::tcp(port_), 8, 40, Millis{4000});
        EXPECT_TRUE(load.wait_for_answers(4));
        EXPECT_EQ(::kill(standins_.pid(ports_[0]), SIGTERM), 0);
        EXPECT_TRUE(load.wait_for_answers(16));
        return load.stop();
    }

    // How many requests a replica says it works on.
    int running(std::size_t replica) const {
        const std::string figures =
            HttpClient(Endpoint::tcp(ports_.at(replica))).get("/metrics").body;
        const std::regex gauge("\\nvllm:num_requests_running\\{[^}]*\\} ([0-9]+)");
        std::smatch found;
        return std::regex_search(figures, found, gauge) ? std::stoi(found[1]) : 0;
    }

    Standins standins_{standin_options()};
    std::array<std::uint16_t, 2> ports_{free_port(), free_port()};
    std::array<Process, 2> replicas_{standins_.run(ports_[0]), standins_.run(ports_[1])};
    std::uint16_t port_ = free_port();
    Nginx nginx_{{.modules = {LBDRAIN_MODULE}}};
};

class LosingEras : public Eras {};
class KindEras : public Eras {};

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

TEST_P(LosingEras, ABareSigtermLosesRequests) {
    ASSERT_TRUE(start());
    EXPECT_FALSE(faults_of_a_sigterm().empty());
}

// In the one era that spares what is in flight, it is finished. No request comes while the replica
// closes its listener, and none on a kept-alive connection: what becomes of those is the next
// test's.
TEST_P(KindEras, ABareSigtermLosesNothingInFlight) {
    nginx_.set_http(http(""));
    ASSERT_TRUE(start());
    GenerationLoad load(Endpoint::tcp(port_), 8, 120, long_enough);  // of three seconds
    ASSERT_TRUE(eventually(long_enough, [&] { return running(0) + running(1) == 8; }));
    ASSERT_GT(running(0), 0);
    ASSERT_EQ(::kill(standins_.pid(ports_[0]), SIGTERM), 0);
    ASSERT_TRUE(load.wait_for_answers(8));
    EXPECT_EQ(load.stop(), std::vector<std::string>{}) << nginx_.error_log();
}

// uvicorn closes a connection behind the answer that was open at the SIGTERM, and cannot have said
// so in its headers. So NGINX keeps it, and a request that it sends on it just then is reset; so is
// one that has been connected and not been read when the listener closes. Both are a 502, since a
// POST is not tried again. Nothing else is lost; how often that is, is chance.
TEST_P(KindEras, ABareSigtermMayResetWhatComesThen) {
    ASSERT_TRUE(start());
    const auto faults = faults_of_a_sigterm();
    const auto log = nginx_.error_log();
    EXPECT_THAT(faults, Each(HasSubstr("status 502"))) << log;
    const std::regex reset(
        "(Connection reset by peer|prematurely closed connection)"
        "[^\n]* while reading response header from upstream");
    EXPECT_EQ(std::distance(std::sregex_iterator(log.begin(), log.end(), reset), {}),
              std::ssize(faults))
        << log;
}

constexpr Era folklore{"Folklore", "--era folklore"};
constexpr Era losing[] = {{"V0_17", "--era v0.17"},
                          {"V0_18", "--era v0.18"},
                          {"V0_22", "--era v0.22"},
                          {"V0_28", "--era v0.28"},
                          {"V0_28_Timeout", "--era v0.28 --shutdown-timeout 30"}};

std::string name_of(const testing::TestParamInfo<Era>& era) {
    return era.param.name;
}

INSTANTIATE_TEST_SUITE_P(Folklore, Eras, testing::Values(folklore), name_of);
INSTANTIATE_TEST_SUITE_P(Vllm, Eras, testing::ValuesIn(losing), name_of);
INSTANTIATE_TEST_SUITE_P(Vllm, LosingEras, testing::ValuesIn(losing), name_of);
INSTANTIATE_TEST_SUITE_P(Folklore, KindEras, testing::Values(folklore), name_of);

}  // namespace
}  // namespace lbdrain::test
