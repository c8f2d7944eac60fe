#include "nginx.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "nginx_log.hpp"

namespace lbdrain::test {
namespace {

constexpr std::string_view worker_title = "nginx: worker process";
constexpr std::string_view master_title = "nginx: master process";
constexpr std::size_t log_tail = 4000;

bool among(const std::vector<pid_t>& pids, pid_t pid) {
    return std::ranges::count(pids, pid) > 0;
}

}  // namespace

Nginx::Nginx(NginxOptions options) {
    set_options(std::move(options));
}

Nginx::~Nginx() {
    stop();
}

void Nginx::set_options(NginxOptions options) {
    options_ = std::move(options);
    directory_.write("nginx.conf", nginx_conf(options_));
}

void Nginx::set_http(std::string http) {
    auto options = options_;
    options.http = std::move(http);
    set_options(std::move(options));
}

std::vector<std::string> Nginx::arguments(const char* conf, const char* log) const {
    return {nginx_binary(options_), "-p", directory_.path().string() + "/", "-c", conf, "-e", log};
}

testing::AssertionResult Nginx::start(Millis limit) {
    const auto begin = steady_ms();
    ProcessOptions process;
    process.argv = arguments("nginx.conf", "error.log");
    process.argv.insert(process.argv.begin(), LBDRAIN_PROCESS_GUARD);
    process.env = options_.env;
    process.env.merge(sanitizer_env(directory_.path().string()));
    process.output_file = (directory_ / "output.log").string();
    process.death_signal = SIGTERM;
    guard_ = std::make_unique<Process>(process);
    const auto serves = [this] {
        return !guard_->running() || serving().size() == static_cast<std::size_t>(options_.workers);
    };
    if (!eventually(time_left(begin, limit), serves) || !guard_->running()) {
        return failure("nginx does not start");
    }
    return testing::AssertionSuccess();
}

testing::AssertionResult Nginx::reload(Millis limit) {
    const auto target = master();
    const auto before = serving_under(target);
    if (target == 0 || ::kill(target, SIGHUP) != 0) {
        return failure("no master to reload");
    }
    const auto replaced = [this, target, &before] {
        const auto now = serving_under(target);
        return now.size() == static_cast<std::size_t>(options_.workers) &&
               std::ranges::none_of(now, [&](pid_t pid) { return among(before, pid); });
    };
    return eventually(limit, replaced) ? testing::AssertionSuccess()
                                       : failure("no new generation after HUP");
}

testing::AssertionResult Nginx::binary_upgrade(OldMaster old_master_fate, Millis limit) {
    const auto begin = steady_ms();
    // Its file goes before it does, and NGINX ignores USR2 as long as the parent is the old master.
    const auto upgradable = [this] {
        const pid_t newest = master();
        return old_master() == 0 && std::ranges::none_of(tree(), [&](const ProcessEntry& process) {
                   return process.pid == newest && process.parent != guard_->pid();
               });
    };
    if (!eventually(limit, upgradable)) {
        return failure("the master before the last is still there");
    }
    const auto old = master();
    if (!signal_master(SIGUSR2)) {
        return failure("no master to upgrade");
    }
    const auto serves = [this, old] {
        const auto now = master();
        return now != 0 && now != old &&
               serving_under(now).size() == static_cast<std::size_t>(options_.workers);
    };
    if (!eventually(time_left(begin, limit), serves)) {
        return failure("no new master after USR2");
    }
    if (old_master_fate == OldMaster::quit) {
        ::kill(old, SIGQUIT);
    }
    return testing::AssertionSuccess();
}

testing::AssertionResult Nginx::quit(Millis limit) {
    for (const pid_t pid : {old_master(), master()}) {
        if (pid != 0) {
            ::kill(pid, SIGQUIT);
        }
    }
    if (guard_ && !guard_->wait(limit)) {
        return failure("still running after QUIT");
    }
    return testing::AssertionSuccess();
}

void Nginx::stop() {
    if (guard_) {
        guard_->signal(SIGTERM);
        guard_->wait();
        guard_.reset();
    }
}

std::vector<ProcessEntry> Nginx::tree() const {
    return guard_ ? descendants_of(guard_->pid()) : std::vector<ProcessEntry>{};
}

pid_t Nginx::pid_in(const char* file) const {
    const auto text = read_file(directory_ / file);
    pid_t pid = 0;
    std::from_chars(text.data(), text.data() + text.size(), pid);
    // A pid file survives the SIGKILL of its master.
    const auto all = tree();
    const bool ours =
        std::ranges::any_of(all, [pid](const auto& entry) { return entry.pid == pid; });
    return ours ? pid : 0;
}

pid_t Nginx::master() const {
    return pid_in("nginx.pid");
}

pid_t Nginx::old_master() const {
    return pid_in("nginx.pid.oldbin");
}

std::vector<NginxWorker> Nginx::workers() const {
    std::vector<NginxWorker> result;
    for (auto& process : tree()) {
        if (process.title.starts_with(worker_title)) {
            const bool leaving = process.title.find("is shutting down") != std::string::npos;
            result.push_back({std::move(process), leaving});
        }
    }
    return result;
}

std::vector<pid_t> Nginx::serving() const {
    return serving_under(0);
}

std::vector<pid_t> Nginx::serving_under(pid_t master) const {
    // Children of a master only: a worker that starts another program has, for a moment, a child
    // that looks just like it.
    const auto all = tree();
    const auto is_master = [&](pid_t pid) {
        return std::ranges::any_of(all, [pid](const ProcessEntry& process) {
            return process.pid == pid && process.title.starts_with(master_title);
        });
    };
    std::vector<pid_t> pids;
    for (const auto& worker : workers()) {
        const pid_t parent = worker.process.parent;
        if (!worker.shutting_down && (master == 0 ? is_master(parent) : parent == master)) {
            pids.push_back(worker.process.pid);
        }
    }
    return pids;
}

bool Nginx::kill_worker(pid_t pid, int signal) {
    const auto all = workers();
    return std::ranges::any_of(all, [pid](const auto& w) { return w.process.pid == pid; }) &&
           ::kill(pid, signal) == 0;
}

bool Nginx::signal_master(int signal) {
    const auto pid = master();
    return pid != 0 && ::kill(pid, signal) == 0;
}

CommandResult Nginx::test_config() {
    std::filesystem::create_directories(directory_ / "test");
    directory_.write("test/nginx.conf", nginx_conf(options_, "test/error.log"));
    auto argv = arguments("test/nginx.conf", "test/error.log");
    argv.emplace_back("-t");
    return run(std::move(argv));
}

CommandResult Nginx::command(const std::vector<std::string>& args) {
    auto argv = arguments("nginx.conf", "error.log");
    argv.insert(argv.end(), args.begin(), args.end());
    return run(std::move(argv));
}

CommandResult Nginx::run(std::vector<std::string> argv) const {
    ProcessOptions process;
    process.argv = std::move(argv);
    process.env = options_.env;
    process.env.merge(sanitizer_env(directory_.path().string()));
    return run_command(process);
}

std::string Nginx::error_log() const {
    return read_file(directory_ / "error.log");
}

bool Nginx::wait_for_log(const std::string& text, Millis limit) const {
    return eventually(limit, [&] { return error_log().find(text) != std::string::npos; });
}

testing::AssertionResult Nginx::failure(const std::string& what) const {
    auto log = error_log();
    if (log.size() > log_tail) {
        log.erase(0, log.size() - log_tail);
    }
    return testing::AssertionFailure() << what << "\n"
                                       << read_file(directory_ / "output.log") << log;
}

testing::AssertionResult Nginx::clean_log(const std::vector<std::string>& allowed) const {
    const auto output = read_file(directory_ / "output.log");
    std::string text;
    for (const auto& line : bad_log_lines(error_log() + output, allowed)) {
        text += line + "\n";
    }
    for (const auto* sign : {"killed by signal 4", "killed by signal 6", "killed by signal 7",
                             "killed by signal 8", "killed by signal 11"}) {
        if (output.find(sign) != std::string::npos) {
            text += "a process of nginx was " + std::string(sign) + "\n";
        }
    }
    text += sanitizer_reports(directory_.path());
    return text.empty() ? testing::AssertionSuccess() : testing::AssertionFailure() << text;
}

void Nginx::expect_clean_log(const std::vector<std::string>& allowed) const {
    EXPECT_TRUE(clean_log(allowed));
}

}  // namespace lbdrain::test
