#include "core/hook_task.hpp"

#include "lbdrain/hook/variables.hpp"

namespace lbdrain::agent {

std::expected<hook::Task, std::string> make_task(const Server& server, Run run) {
    const ServerConfig& config = *server.config;
    const auto missing = [](const char* name) {
        return std::unexpected(std::string("the ") + name +
                               " hook was taken out of the configuration meanwhile");
    };
    hook::Task task;
    switch (run.kind) {
        case RunKind::stop:
            if (!config.stop) {
                return missing("stop");
            }
            task.action = hook::Action::stop;
            task.timeout = std::chrono::milliseconds(config.stop->timeout);
            task.what = config.stop->what;
            break;
        case RunKind::start:
            if (!config.start) {
                return missing("start");
            }
            task.action = hook::Action::start;
            task.timeout = std::chrono::milliseconds(config.start->timeout);
            task.what = config.start->what;
            break;
        default:
            task.action = hook::Action::ready;
            task.timeout = std::chrono::milliseconds(config.ready.timeout);
            task.what = config.ready.check;
            break;
    }
    const Sequence& sequence = server.sequence();
    task.run_id = std::to_string(sequence.id) + "-" + std::to_string(run.number);
    task.service = server.service->name;
    task.server = config.name;
    task.address = config.address;
    task.reason = sequence.reason.view();
    task.by = sequence.by.view();
    hook::expand(
        task.what,
        {.service = server.service->name, .server_name = config.name, .address = config.address});
    return task;
}

}  // namespace lbdrain::agent
