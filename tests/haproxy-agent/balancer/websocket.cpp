#include "websocket.hpp"

#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/websocket.hpp>
#include <mutex>
#include <thread>

namespace lbdrain::test {
namespace {

using boost::asio::ip::tcp;
using boost::asio::local::stream_protocol;
using boost::system::error_code;
namespace websocket = boost::beast::websocket;

std::string text_of(const error_code& failed) {
    return failed ? failed.message() : std::string();
}

}  // namespace

struct WebsocketEcho::Parts {
    boost::asio::io_context io;
    tcp::acceptor acceptor{io, {boost::asio::ip::address_v4::loopback(), 0}};
    std::mutex mutex;  // guards taken
    int taken = -1;    // the connection's descriptor
    std::jthread thread;

    void serve() {
        error_code failed;
        tcp::socket socket(io);
        acceptor.accept(socket, failed);
        if (failed) {
            return;
        }
        {
            const std::lock_guard lock(mutex);
            taken = socket.native_handle();
        }
        websocket::stream<tcp::socket&> stream(socket);
        stream.accept(failed);
        while (!failed) {
            boost::beast::flat_buffer message;
            stream.read(message, failed);
            if (!failed) {
                stream.text(stream.got_text());
                stream.write(message.data(), failed);
            }
        }
        const std::lock_guard lock(mutex);
        taken = -1;
    }
};

WebsocketEcho::WebsocketEcho() : parts_(std::make_unique<Parts>()) {
    parts_->thread = std::jthread([parts = parts_.get()] { parts->serve(); });
}

WebsocketEcho::~WebsocketEcho() {
    // Wakes the thread, wherever it waits.
    ::shutdown(parts_->acceptor.native_handle(), SHUT_RDWR);
    const std::lock_guard lock(parts_->mutex);
    if (parts_->taken >= 0) {
        ::shutdown(parts_->taken, SHUT_RDWR);
    }
}

std::string WebsocketEcho::address() const {
    return "127.0.0.1:" + std::to_string(parts_->acceptor.local_endpoint().port());
}

struct WebsocketClient::Parts {
    boost::asio::io_context io;
    std::string path;
    websocket::stream<stream_protocol::socket> stream{io};
};

WebsocketClient::WebsocketClient(const std::string& unix_socket)
    : parts_(std::make_unique<Parts>()) {
    parts_->path = unix_socket;
}

WebsocketClient::~WebsocketClient() = default;

std::string WebsocketClient::open(const std::string& target, const std::string& cookie) {
    error_code failed;
    parts_->stream.next_layer().connect(parts_->path, failed);
    if (!failed) {
        parts_->stream.set_option(
            websocket::stream_base::decorator([cookie](websocket::request_type& request) {
                request.set(boost::beast::http::field::cookie, cookie);
            }));
        parts_->stream.handshake("localhost", target, failed);
    }
    return text_of(failed);
}

std::string WebsocketClient::echo(const std::string& text) {
    error_code failed;
    parts_->stream.write(boost::asio::buffer(text), failed);
    boost::beast::flat_buffer answer;
    if (!failed) {
        parts_->stream.read(answer, failed);
    }
    return failed ? text_of(failed) : boost::beast::buffers_to_string(answer.data());
}

std::string WebsocketClient::close() {
    error_code failed;
    parts_->stream.close(websocket::close_code::normal, failed);
    return text_of(failed);
}

}  // namespace lbdrain::test
