// A real websocket, RFC 6455 handshake and frames, for HAProxy looks into the handshake.
#pragma once

#include <memory>
#include <string>

namespace lbdrain::test {

// A server in a thread of its own that takes one websocket and sends each message back.
class WebsocketEcho {
  public:
    WebsocketEcho();
    ~WebsocketEcho();  // cuts what is open
    WebsocketEcho(const WebsocketEcho&) = delete;
    WebsocketEcho& operator=(const WebsocketEcho&) = delete;

    std::string address() const;

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

// Blocking, without a limit but that of the test; each returns what went wrong, empty: nothing.
class WebsocketClient {
  public:
    explicit WebsocketClient(const std::string& unix_socket);
    ~WebsocketClient();
    WebsocketClient(const WebsocketClient&) = delete;
    WebsocketClient& operator=(const WebsocketClient&) = delete;

    std::string open(const std::string& target, const std::string& cookie);
    // The answer to one message; or what went wrong.
    std::string echo(const std::string& text);
    // The closing handshake.
    std::string close();

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace lbdrain::test
