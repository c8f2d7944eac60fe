#include "commands/verify.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>

#include "verify/report.hpp"
#include "verify/view.hpp"

namespace lbdrain::ctl {
namespace {

// A connection for each request in flight, and those that are kept.
void raise_file_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

bool write_file(const std::string& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary);
    file << text;
    file.close();
    if (!file) {
        complain("cannot write " + path);
        return false;
    }
    return true;
}

std::int64_t unix_ms() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace

ExitCode verify(const VerifyOptions& options, bool json) {
    raise_file_limit();
    (void)std::signal(SIGPIPE, SIG_IGN);  // a server that closes must not end us
    Interrupt interrupt;
    TextView view(json ? STDERR_FILENO : STDOUT_FILENO, options.session.action_text);
    const std::int64_t began = unix_ms();
    Session session(options.session, interrupt, view);
    const SessionEnd end = session.run();
    view.lines().clear();

    const Report report{options.session, end, session.statistics(), began};
    if (json) {
        std::printf("%s\n", report_json(report).c_str());
    } else {
        for (const std::string& line : report_lines(report, view.lines().terminal())) {
            std::printf("%s\n", line.c_str());
        }
    }
    bool written = true;
    if (!options.json_file.empty()) {
        written = write_file(options.json_file, report_json(report) + "\n");
    }
    if (!options.html_file.empty()) {
        written = write_file(options.html_file, report_html(report)) && written;
    }
    if (end.interrupted) {
        return ExitCode::interrupted;
    }
    return passed(report) && written ? ExitCode::done : ExitCode::failed;
}

}  // namespace lbdrain::ctl
