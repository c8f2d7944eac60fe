// The API of an agent on a socket of its own, its loop in a thread of its own, and FakeBackend
// behind it.
#pragma once

#include <gmock/gmock.h>

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "api/api_server.hpp"
#include "api_reply.hpp"
#include "fake_backend.hpp"
#include "http_call.hpp"
#include "http_client.hpp"
#include "temp_dir.hpp"

namespace lbdrain::agent::test {

using namespace lbdrain::test;  // NOLINT: clients and responses, in all files of these tests

inline const HttpHeaders wants_lines{{"Accept", "application/x-ndjson"}};

class AgentApi : public testing::Test {
  protected:
    explicit AgentApi(ApiLimits limits = {});
    ~AgentApi() override;

    // On the loop's thread, done when it returns.
    void on_loop(const std::function<void()>& task);
    void occupy(std::uint64_t requests, const std::string& server = "r0");
    // Calls the server's stop(); `stopped` becomes true when its last connection is closed.
    void stop();
    bool wait_until_stopped();

    static std::string path(const std::string& server, const std::string& action = {},
                            const std::string& service = "up");
    HttpResponse command(const std::string& server, const std::string& action,
                         const std::string& body = {}) const;
    std::unique_ptr<HttpCall> begin(const std::string& server, const std::string& action,
                                    const std::string& body = {}, HttpHeaders headers = {}) const;
    boost::json::object server(const std::string& name) const;
    std::string state(const std::string& name) const;
    bool wait_for_state(const std::string& name, const std::string& state) const;
    std::string log();
    std::string socket_path() const { return dir_ / "agent.sock"; }

    TempDir dir_;
    boost::asio::io_context io_;
    FakeBackend backend_;
    std::string log_;
    std::unique_ptr<ApiServer> api_;
    std::atomic<bool> stopped_ = false;
    HttpClient client_;
    std::jthread loop_;
};

}  // namespace lbdrain::agent::test
