// What the module's tests start from: a real nginx with the module before a few replicas, and its
// drain API as a test asks it. The upstream is called "up"; `location /` passes to it and names the
// worker that did in X-Worker; `/drain/` is the API, `/look/` the same without write=on.
#pragma once

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <memory>
#include <string>
#include <vector>

#include "api_reply.hpp"
#include "http_call.hpp"
#include "http_client.hpp"
#include "nginx.hpp"
#include "replica.hpp"

namespace lbdrain::test {

struct DrainSetup {
    int replicas = 2;
    int workers = 2;
    std::string before = {};                         // in the upstream, before the servers
    std::string server = "max_fails=0";              // parameters of every server
    std::string after = {};                          // in the upstream, after the servers
    std::string location = {};                       // more in `location /`
    std::string locations = {};                      // more locations
    std::string http = "drain_settle 0;";            // more in http
    std::string state = "drain_state state/state;";  // the directory is the nginx prefix
    std::string listen = {};                         // parameters of `listen`, say "reuseport"
};

class DrainNginx {
  public:
    explicit DrainNginx(DrainSetup setup = {});

    testing::AssertionResult start() { return nginx_.start(); }
    // Writes the configuration of another setup, with the same replicas and port, for a reload.
    void configure(DrainSetup setup);

    Nginx& nginx() { return nginx_; }
    Replica& replica(std::size_t i) { return *replicas_.at(i); }
    std::size_t replicas() const { return replicas_.size(); }
    std::string address(std::size_t i) const { return replicas_.at(i)->address(); }
    std::uint16_t port() const { return port_; }
    const HttpClient& client() const { return client_; }  // for traffic and API alike

    // "/drain/v1/services/SERVICE/servers/SERVER[/ACTION]"
    static std::string path(const std::string& server, const std::string& action = {},
                            const std::string& service = "up");

    // Commands, answered at the goal unless the body says otherwise.
    HttpResponse command(std::size_t i, const std::string& action,
                         const std::string& body = {}) const;
    HttpResponse drain(std::size_t i, const std::string& body = {}) const {
        return command(i, "drain", body);
    }
    HttpResponse ready(std::size_t i, const std::string& body = {}) const {
        return command(i, "ready", body);
    }
    // The same in the background.
    std::unique_ptr<HttpCall> begin(std::size_t i, const std::string& action,
                                    const std::string& body = {}, HttpHeaders headers = {}) const;

    boost::json::object status() const;  // empty if the API did not answer
    boost::json::object server(const std::string& address, const std::string& service = "up") const;
    boost::json::object server(std::size_t i) const { return server(address(i)); }
    std::string state(std::size_t i) const;
    std::int64_t in_flight(std::size_t i) const;

    bool wait_for_state(std::size_t i, const std::string& state, Millis limit = long_enough) const;
    bool wait_for_in_flight(std::size_t i, std::int64_t number, Millis limit = long_enough) const;

  private:
    NginxOptions options(const DrainSetup& setup) const;

    std::vector<std::unique_ptr<Replica>> replicas_;
    std::uint16_t port_;
    Nginx nginx_;
    HttpClient client_;
};

}  // namespace lbdrain::test
