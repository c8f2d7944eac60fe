#include "api/api_server.hpp"

#include <utility>

#include "api/api_core.hpp"

namespace lbdrain::agent {

std::expected<std::unique_ptr<ApiServer>, std::string> ApiServer::listen(
    boost::asio::io_context& io, ApiBackend& backend, const ApiListener& listener, ApiLog log,
    ApiLimits limits) {
    auto socket = ListenSocket::open(listener);
    if (!socket) {
        return std::unexpected(std::move(socket.error()));
    }
    try {
        auto core =
            std::make_shared<ApiCore>(io, backend, std::move(*socket), std::move(log), limits);
        core->start();
        return std::unique_ptr<ApiServer>(new ApiServer(std::move(core)));
    } catch (const std::exception& error) {
        return std::unexpected(listener.path + ": " + error.what());
    }
}

ApiServer::ApiServer(std::shared_ptr<ApiCore> core) noexcept : core_(std::move(core)) {}

ApiServer::~ApiServer() {
    core_->abandon();
}

void ApiServer::stop(std::function<void()> done) {
    core_->stop(std::move(done));
}

void ApiServer::changed(const std::string& service, const std::string& server) {
    try {
        core_->changed(service, server);
    } catch (const std::exception& error) {
        // Those who wait look by themselves after progress_interval.
        core_->say(ApiLogLevel::error, std::string("api: ") + error.what());
    }
}

}  // namespace lbdrain::agent
