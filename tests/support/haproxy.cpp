#include "haproxy.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <system_error>
#include <utility>

#include "haproxy_cli.hpp"

namespace lbdrain::test {
namespace {

constexpr std::size_t log_tail = 4000;
constexpr Millis ask_limit{3000};

pid_t to_pid(const std::string& text) {
    pid_t pid = 0;
    std::from_chars(text.data(), text.data() + text.size(), pid);
    return pid;
}

bool among(const std::vector<pid_t>& pids, pid_t pid) {
    return std::ranges::count(pids, pid) > 0;
}

// All threads are. The state stands behind the name's closing parenthesis.
bool is_stopped(pid_t pid) {
    std::error_code error;
    const auto tasks = "/proc/" + std::to_string(pid) + "/task";
    for (const auto& task : std::filesystem::directory_iterator(tasks, error)) {
        const auto stat = read_file(task.path() / "stat");
        const auto name_end = stat.rfind(')');
        if (name_end == std::string::npos || stat.compare(name_end, 4, ") T ") != 0) {
            return false;
        }
    }
    return !error;
}

// What a master says of a configuration it cannot load: 2.6 the first, 3.x the others.
bool tells_failure(const std::string& log) {
    return std::ranges::any_of(
        std::initializer_list<const char*>{"Loading failure!", "Failed to load worker",
                                           "Failed to load new worker"},
        [&](const char* text) { return log.find(text) != std::string::npos; });
}

}  // namespace

Haproxy::Haproxy(HaproxyOptions options) {
    set_options(std::move(options));
}

Haproxy::~Haproxy() {
    stop();
}

void Haproxy::set_options(HaproxyOptions options) {
    options_ = std::move(options);
    directory_.write("haproxy.cfg", haproxy_conf(options_, directory_.path()));
}

void Haproxy::set_proxies(std::string proxies) {
    auto options = options_;
    options.proxies = std::move(proxies);
    set_options(std::move(options));
}

void Haproxy::launch(const std::vector<std::string>& more_arguments) {
    ProcessOptions process;
    process.argv = {LBDRAIN_PROCESS_GUARD, haproxy_binary(options_), "-f", config_file()};
    process.argv.insert(process.argv.end(), more_arguments.begin(), more_arguments.end());
    process.env = options_.env;
    process.directory = directory_.path().string();
    process.output_file = (directory_ / "output.log").string();
    process.death_signal = SIGTERM;
    guards_.push_back(std::make_unique<Process>(process));
}

testing::AssertionResult Haproxy::start(Millis limit) {
    if (master_worker()) {
        launch({"-W", "-S", master_socket() + ",level," + options_.master_level});
    } else {
        launch({});
    }
    const auto serves = [this] { return !guards_.back()->running() || serving() != 0; };
    if (!eventually(limit, serves) || !guards_.back()->running()) {
        return failure("haproxy does not start");
    }
    return testing::AssertionSuccess();
}

testing::AssertionResult Haproxy::reload(Millis limit) {
    if (!master_worker()) {
        return reload_single(limit);
    }
    const auto before = pids();
    const auto said = log().size();
    if (!signal_master(SIGUSR2)) {
        return failure("no master to reload");
    }
    bool refused = false;
    const auto replaced = [&] {
        refused = tells_failure(log().substr(said));
        const auto now = workers();
        const bool serves = std::ranges::any_of(now, [&](const HaproxyWorker& worker) {
            return worker.answers && !worker.stopping && !among(before, worker.process.pid);
        });
        return refused ||
               (serves && std::ranges::none_of(now, [&](const HaproxyWorker& worker) {
                    return worker.answers && !worker.stopping && among(before, worker.process.pid);
                }));
    };
    if (!eventually(limit, replaced)) {
        return failure("no new worker after USR2");
    }
    return refused ? failure("the reload failed") : testing::AssertionSuccess();
}

testing::AssertionResult Haproxy::reload_single(Millis limit) {
    const auto before = pids();
    if (!reload_without_waiting()) {
        return failure("no process to reload");
    }
    const auto replaced = [this, &before] {
        const pid_t now = serving();
        return !guards_.back()->running() || (now != 0 && !among(before, now));
    };
    const bool done = eventually(limit, replaced);
    if (!guards_.back()->running()) {
        guards_.pop_back();
        return failure("the reload failed");
    }
    return done ? testing::AssertionSuccess() : failure("the new process does not serve");
}

bool Haproxy::reload_without_waiting() {
    if (master_worker()) {
        return signal_master(SIGUSR2);
    }
    drop_ended_guards();
    const auto all = pids();
    if (all.empty()) {
        return false;
    }
    std::vector<std::string> arguments = {"-x", stats_socket(), "-sf"};
    for (const pid_t pid : all) {
        arguments.push_back(std::to_string(pid));
    }
    launch(arguments);
    return true;
}

void Haproxy::drop_ended_guards() {
    std::erase_if(guards_, [](const auto& guard) { return !guard->running(); });
}

testing::AssertionResult Haproxy::quit(Millis limit) {
    const auto start = steady_ms();
    const auto all = master_worker() ? std::vector<pid_t>{master()} : pids();
    for (const pid_t pid : all) {
        if (pid != 0) {
            ::kill(pid, SIGUSR1);
        }
    }
    for (const auto& guard : guards_) {
        if (!guard->wait(time_left(start, limit))) {
            return failure("still running after USR1");
        }
    }
    return testing::AssertionSuccess();
}

void Haproxy::stop() {
    for (const auto& guard : guards_) {
        guard->signal(SIGTERM);
    }
    for (const auto& guard : guards_) {
        guard->wait();
    }
    guards_.clear();
}

pid_t Haproxy::master() const {
    if (!master_worker() || guards_.empty()) {
        return 0;
    }
    const pid_t guard = guards_.back()->pid();
    const auto all = descendants_of(guard);
    const auto found = std::ranges::find(all, guard, &ProcessEntry::parent);
    return found == all.end() ? 0 : found->pid;
}

std::vector<ProcessEntry> Haproxy::worker_processes() const {
    std::vector<ProcessEntry> result;
    for (const auto& guard : guards_) {
        const pid_t parent = master_worker() ? master() : guard->pid();
        for (auto& process : descendants_of(guard->pid())) {
            if (process.parent == parent && parent != 0) {
                result.push_back(std::move(process));
            }
        }
    }
    return result;
}

std::vector<pid_t> Haproxy::pids() const {
    std::vector<pid_t> result;
    for (const auto& process : worker_processes()) {
        result.push_back(process.pid);
    }
    return result;
}

std::vector<HaproxyWorker> Haproxy::workers() const {
    std::vector<HaproxyWorker> result;
    const auto whole = master_worker() ? std::string() : cli("show info", ask_limit).value_or("");
    bool before_answering = true;
    for (auto& process : worker_processes()) {
        const auto info =
            master_worker()
                ? master_cli("@!" + std::to_string(process.pid) + " show info", ask_limit)
                      .value_or("")
                : whole;
        HaproxyWorker worker{std::move(process), false, false};
        worker.answers = to_pid(info_field(info, "Pid")) == worker.process.pid;
        if (worker.answers) {
            before_answering = false;
            worker.stopping = info_field(info, "Stopping") == "1";
        } else if (!master_worker()) {
            worker.stopping = before_answering && !whole.empty();
        }
        result.push_back(std::move(worker));
    }
    return result;
}

pid_t Haproxy::serving() const {
    pid_t newest = 0;
    for (const auto& worker : workers()) {
        if (worker.answers && !worker.stopping) {
            newest = worker.process.pid;
        }
    }
    return newest;
}

std::vector<pid_t> Haproxy::stopping() const {
    std::vector<pid_t> result;
    for (const auto& worker : workers()) {
        if (worker.stopping) {
            result.push_back(worker.process.pid);
        }
    }
    return result;
}

bool Haproxy::kill_worker(pid_t pid, int signal) {
    return among(pids(), pid) && ::kill(pid, signal) == 0;
}

bool Haproxy::signal_master(int signal) {
    const auto pid = master();
    return pid != 0 && ::kill(pid, signal) == 0;
}

bool Haproxy::freeze(pid_t pid, Millis limit) {
    if ((pid != master() && !among(pids(), pid)) || pid == 0 || ::kill(pid, SIGSTOP) != 0) {
        return false;
    }
    return eventually(limit, [pid] { return is_stopped(pid); });
}

std::optional<std::string> Haproxy::cli(const std::string& command, Millis limit) const {
    return haproxy_cli(stats_socket(), command, limit);
}

std::optional<std::string> Haproxy::master_cli(const std::string& command, Millis limit) const {
    return haproxy_cli(master_socket(), command + ";quit", limit);
}

std::string Haproxy::log() const {
    return read_file(directory_ / "output.log");
}

bool Haproxy::wait_for_log(const std::string& text, Millis limit) const {
    return eventually(limit, [&] { return log().find(text) != std::string::npos; });
}

testing::AssertionResult Haproxy::failure(const std::string& what) const {
    auto text = log();
    if (text.size() > log_tail) {
        text.erase(0, text.size() - log_tail);
    }
    return testing::AssertionFailure() << what << "\n" << text;
}

testing::AssertionResult Haproxy::clean_log(const std::vector<std::string>& allowed) const {
    std::string bad;
    const auto text = log();
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = std::min(text.find('\n', begin), text.size());
        const auto line = text.substr(begin, end - begin);
        const bool suspect = line.find("[ALERT]") != std::string::npos ||
                             line.find("killed by signal") != std::string::npos;
        if (suspect && std::ranges::none_of(allowed, [&](const std::string& passed) {
                return line.find(passed) != std::string::npos;
            })) {
            bad += line + "\n";
        }
        begin = end + 1;
    }
    return bad.empty() ? testing::AssertionSuccess() : testing::AssertionFailure() << bad;
}

}  // namespace lbdrain::test
