#include "drain_fixture.hpp"

#include <sstream>
#include <utility>

namespace lbdrain::test {
namespace {

std::vector<std::unique_ptr<Replica>> make_replicas(int number) {
    std::vector<std::unique_ptr<Replica>> replicas;
    for (int i = 0; i < number; ++i) {
        replicas.push_back(std::make_unique<Replica>("r" + std::to_string(i)));
    }
    return replicas;
}

}  // namespace

DrainNginx::DrainNginx(DrainSetup setup)
    : replicas_(make_replicas(setup.replicas)),
      port_(free_port()),
      nginx_(options(setup)),
      client_(Endpoint::tcp(port_)) {}

void DrainNginx::configure(DrainSetup setup) {
    nginx_.set_options(options(setup));
}

NginxOptions DrainNginx::options(const DrainSetup& setup) const {
    std::ostringstream http;
    http << setup.state << "\ndrain_hook_program " LBDRAIN_HOOK ";\n"
         << setup.http << "\nupstream up {\n"
         << setup.before << "\n";
    for (const auto& replica : replicas_) {
        http << "    server " << replica->address() << " " << setup.server << ";\n";
    }
    http << setup.after << "\n}\nserver {\n    listen 127.0.0.1:" << port_ << " " << setup.listen
         << ";\n    location /drain/ { drain_api write=on; }\n"
            "    location /look/ { drain_api; }\n"
         << setup.locations
         << "\n    location / {\n        proxy_pass http://up;\n        proxy_http_version 1.1;\n"
            "        proxy_set_header Connection \"\";\n"
            "        add_header X-Worker $pid always;\n"
         << setup.location << "\n    }\n}\n";
    NginxOptions options;
    options.http = http.str();
    options.workers = setup.workers;
    options.modules = {LBDRAIN_MODULE};
    return options;
}

std::string DrainNginx::path(const std::string& server, const std::string& action,
                             const std::string& service) {
    return "/drain/v1/services/" + service + "/servers/" + server +
           (action.empty() ? "" : "/" + action);
}

HttpResponse DrainNginx::command(std::size_t i, const std::string& action,
                                 const std::string& body) const {
    return client_.post(path(address(i), action), body);
}

std::unique_ptr<HttpCall> DrainNginx::begin(std::size_t i, const std::string& action,
                                            const std::string& body, HttpHeaders headers) const {
    return client_.start({"POST", path(address(i), action), std::move(headers), body});
}

boost::json::object DrainNginx::status() const {
    return object_in(client_.get("/drain/v1/status"));
}

boost::json::object DrainNginx::server(const std::string& address,
                                       const std::string& service) const {
    return object_in(client_.get(path(address, {}, service)));
}

std::string DrainNginx::state(std::size_t i) const {
    return text_of(server(i), "state");
}

std::int64_t DrainNginx::in_flight(std::size_t i) const {
    const auto object = server(i);
    const auto* number = object.if_contains("in_flight");
    return number == nullptr ? -1 : number->to_number<std::int64_t>();
}

bool DrainNginx::wait_for_state(std::size_t i, const std::string& wanted, Millis limit) const {
    return eventually(limit, [&] { return state(i) == wanted; });
}

bool DrainNginx::wait_for_in_flight(std::size_t i, std::int64_t number, Millis limit) const {
    return eventually(limit, [&] { return in_flight(i) == number; });
}

}  // namespace lbdrain::test
