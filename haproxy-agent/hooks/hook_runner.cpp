#include "hooks/hook_runner.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <thread>
#include <utility>

#include "lbdrain/hook/event_lines.hpp"
#include "lbdrain/hook/spawn.hpp"

namespace lbdrain::agent {

// A thread that listens to one lbdrain-hook until it ends or nobody wants to know any more.
class HookRunner::Watch {
  public:
    using Tell = std::function<void(const hook::Event&)>;

    // Takes the descriptor over.
    Watch(int output, Tell tell) : output_(output), stop_(::eventfd(0, EFD_CLOEXEC)) {
        thread_ = std::jthread([this, told = std::move(tell)] { listen(told); });
    }
    ~Watch() {
        const std::uint64_t one = 1;
        const auto ignored = ::write(stop_, &one, sizeof(one));
        static_cast<void>(ignored);
        thread_.join();
        ::close(stop_);
        ::close(output_);
    }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

  private:
    void listen(const Tell& tell) {
        hook::EventLines lines;
        bool result = false;
        const auto on_event = [&](const std::expected<hook::Event, std::string>& event) {
            if (event && !result) {
                result = event->kind == hook::Event::Kind::result;
                tell(*event);
            }
        };
        std::array<char, 4096> chunk{};
        std::array<pollfd, 2> fds{pollfd{output_, POLLIN, 0}, pollfd{stop_, POLLIN, 0}};
        for (;;) {
            if (::poll(fds.data(), fds.size(), -1) < 0) {
                if (errno == EINTR) {
                    continue;
                }
                break;
            }
            if (fds[1].revents != 0) {
                return;
            }
            const ssize_t got = ::read(output_, chunk.data(), chunk.size());
            if (got > 0) {
                lines.feed({chunk.data(), static_cast<std::size_t>(got)}, on_event);
            } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
                break;
            }
        }
        if (!result) {
            hook::Event ended;
            ended.kind = hook::Event::Kind::result;
            ended.text = "lbdrain-hook ended without a result";
            tell(ended);
        }
    }

    int output_;
    int stop_;
    std::jthread thread_;
};

HookRunner::HookRunner(std::string program, OnNews on_news)
    : program_(std::move(program)), on_news_(std::move(on_news)) {}

HookRunner::~HookRunner() = default;

std::expected<void, std::string> HookRunner::start(std::size_t server, Run run,
                                                   const std::string& task) {
    const auto output = hook::spawn_hook(program_, task);
    if (!output) {
        return std::unexpected(output.error());
    }
    watches_[server] = std::make_unique<Watch>(
        *output, [this, server, run](const hook::Event& event) { on_news_(server, run, event); });
    return {};
}

}  // namespace lbdrain::agent
