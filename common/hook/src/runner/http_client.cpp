#include "runner/http_client.hpp"

#include "lbdrain/http/client.hpp"

namespace lbdrain::hook {
namespace {

class HeededRun : public http::Heeded {
  public:
    explicit HeededRun(Run& run) : run_(run) {}
    std::vector<pollfd> also_poll() override { return run_.also_poll(); }
    bool heed(std::span<const pollfd> polled) override { return run_.heed(polled); }

  private:
    Run& run_;
};

}  // namespace

std::expected<HttpReply, HttpFailure> send_request(Run& run, const HttpRequest& request,
                                                   TimePoint until) {
    HttpRequest named = request;
    named.user_agent = "lbdrain-hook";
    HeededRun heeded(run);
    return http::send_once(named, until, &heeded);
}

}  // namespace lbdrain::hook
