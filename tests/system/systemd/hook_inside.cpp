#include "hook_inside.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

namespace lbdrain::test {

bool HookOutcome::saw(std::string_view text) const {
    return std::ranges::any_of(events,
                               [&](const auto& event) { return event.text.contains(text); });
}

std::string HookOutcome::all() const {
    std::string text;
    for (const auto& event : events) {
        text.append(hook::to_string(event.kind)).append(": ").append(event.text).append("\n");
    }
    return text;
}

HookRun::HookRun(const SystemdMachine& machine, const hook::Task& task,
                 const std::vector<std::string>& prefix,
                 const std::map<std::string, std::string>& env)
    : machine_(machine) {
    static int number = 0;
    const std::string name = "hook-" + std::to_string(++number);
    const std::filesystem::path input = machine.share() / (name + ".task");
    std::ofstream(input) << hook::encode(task);
    pidfile_ = "/run/share/" + name + ".pid";
    std::vector<std::string> argv{
        "/bin/sh", "-c", "echo $$ >" + pidfile_ + "; exec \"$@\" </run/share/" + name + ".task",
        "sh"};
    argv.insert(argv.end(), prefix.begin(), prefix.end());
    argv.emplace_back(LBDRAIN_HOOK);
    auto options = machine.inside(argv);
    options.env = env;
    process_ = std::make_unique<Process>(options);
}

bool HookRun::wait_until(std::string_view text) {
    bool running = true;
    bool seen = false;
    while (!seen && running) {
        running = process_->running();
        seen = eventually(Millis{50}, [&] { return read().saw(text); });
    }
    return seen;
}

void HookRun::signal(const std::string& name) const {
    machine_.shell("kill -" + name + " $(cat " + pidfile_ + ")");
}

HookOutcome HookRun::wait() {
    const auto status = process_->wait(long_enough * 2);
    HookOutcome outcome = read();
    outcome.status = status ? status->code : -1;
    if (outcome.events.empty()) {
        outcome.events.emplace_back().text = "nothing came: " + process_->err();
    }
    return outcome;
}

HookOutcome HookRun::read() const {
    HookOutcome outcome;
    std::istringstream lines(process_->out());
    for (std::string line; std::getline(lines, line) && !lines.eof();) {
        if (const auto event = hook::decode_event(line)) {
            outcome.events.push_back(*event);
        } else {
            ADD_FAILURE() << "no event: " << line;
        }
    }
    return outcome;
}

void SystemdTest::SetUp() {
    if (const std::string lacking = SystemdMachine::lacking(); !lacking.empty()) {
        GTEST_SKIP() << lacking;
    }
    machine_ = std::make_unique<SystemdMachine>(
        std::vector<std::filesystem::path>{std::filesystem::path(LBDRAIN_HOOK).parent_path()});
}

void SystemdTest::TearDown() {
    if (HasFailure() && machine_) {
        std::cerr << machine_->log();
    }
}

hook::Task SystemdTest::task(hook::Action action, const std::string& unit, Millis timeout) {
    hook::Task task;
    task.action = action;
    task.service = "vllm";
    task.server = "gpu-a";
    task.address = "127.0.0.1:8000";
    task.timeout = timeout;
    task.what = hook::SystemdHook{unit};
    return task;
}

void SystemdTest::add_service(const std::string& name, const std::string& script,
                              const std::string& settings) {
    machine_->write("/usr/local/bin/" + name + ".sh",
                    "#!/bin/sh\nready() { systemd-notify --ready; }\n" + script + "\n");
    machine_->shell("chmod 0755 /usr/local/bin/" + name + ".sh");
    machine_->add_unit(name + ".service",
                       "[Service]\nType=notify\nNotifyAccess=all\nExecStart=/usr/local/bin/" +
                           name + ".sh\n" + settings);
}

void SystemdTest::serve(const std::string& name, const std::string& script,
                        const std::string& settings) {
    add_service(name, script, settings);
    machine_->shell("systemctl start " + name + ".service");
}

std::string SystemdTest::held_stop() {
    return "ExecStop=/bin/sh -c 'while ! test -e /run/go; do sleep 0.02; done'\n";
}

}  // namespace lbdrain::test
