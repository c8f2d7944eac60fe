#include "api_fixture.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <sstream>

namespace lbdrain::agent::test {

AgentApi::AgentApi(ApiLimits limits)
    : backend_(io_), client_(Endpoint::unix_socket(socket_path())) {
    auto api = ApiServer::listen(
        io_, backend_, {socket_path(), 0600, "", ""},
        [this](ApiLogLevel, const std::string& line) { log_ += line + "\n"; }, limits);
    if (!api) {
        throw std::runtime_error(api.error());
    }
    api_ = std::move(*api);
    backend_.set_listener(api_.get());
    loop_ = std::jthread([this] {
        const auto work = boost::asio::make_work_guard(io_);
        io_.run();
    });
}

AgentApi::~AgentApi() {
    on_loop([this] {
        backend_.set_listener(nullptr);
        api_.reset();
    });
    io_.stop();
    loop_.join();
}

void AgentApi::on_loop(const std::function<void()>& task) {
    std::promise<void> done;
    boost::asio::post(io_, [&] {
        task();
        done.set_value();
    });
    done.get_future().wait();
}

void AgentApi::occupy(std::uint64_t requests, const std::string& server) {
    on_loop([&] { backend_.occupy(server, requests); });
}

void AgentApi::stop() {
    on_loop([this] { api_->stop([this] { stopped_ = true; }); });
}

bool AgentApi::wait_until_stopped() {
    return eventually(long_enough, [this] { return stopped_.load(); });
}

std::string AgentApi::path(const std::string& server, const std::string& action,
                           const std::string& service) {
    return "/v1/services/" + service + "/servers/" + server + (action.empty() ? "" : "/" + action);
}

HttpResponse AgentApi::command(const std::string& server, const std::string& action,
                               const std::string& body) const {
    return client_.post(path(server, action), body);
}

std::unique_ptr<HttpCall> AgentApi::begin(const std::string& server, const std::string& action,
                                          const std::string& body, HttpHeaders headers) const {
    return client_.start({"POST", path(server, action), std::move(headers), body});
}

boost::json::object AgentApi::server(const std::string& name) const {
    boost::json::error_code error;
    const auto value = boost::json::parse(client_.get(path(name)).body, error);
    return error || !value.is_object() ? boost::json::object{} : value.as_object();
}

std::string AgentApi::state(const std::string& name) const {
    return text_of(server(name), "state");
}

bool AgentApi::wait_for_state(const std::string& name, const std::string& wanted) const {
    return eventually(long_enough, [&] { return state(name) == wanted; });
}

std::string AgentApi::log() {
    std::string text;
    on_loop([&] { text = log_; });
    return text;
}

}  // namespace lbdrain::agent::test
