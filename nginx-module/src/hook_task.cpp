#include "src/hook_task.hpp"

#include "lbdrain/hook/variables.hpp"

namespace lbdrain::nginx {
namespace {

const HookConf& hook_of(const Group& group, RunKind kind) {
    switch (kind) {
        case RunKind::stop:
            return *group.stop;
        case RunKind::start:
            return *group.start;
        default:
            return group.ready;
    }
}

hook::Action action_of(RunKind kind) {
    switch (kind) {
        case RunKind::stop:
            return hook::Action::stop;
        case RunKind::start:
            return hook::Action::start;
        default:
            return hook::Action::ready;
    }
}

}  // namespace

hook::Task example_task(const HookConf& hook, hook::Action action) {
    hook::Task task;
    task.action = action;
    task.service = task.server = "example";
    task.address = "127.0.0.1:1";
    task.timeout = hook.timeout;
    task.what = hook.what;
    hook::expand(task.what, {task.service, task.server, task.address});
    return task;
}

hook::Task make_task(const Place& place, const Sequence& sequence) {
    const HookConf& hook = hook_of(*place.group, sequence.run.kind);
    hook::Task task;
    task.action = action_of(sequence.run.kind);
    task.service = place.group->name;
    task.server = place.server->name;
    task.address = place.server->address;
    task.reason = sequence.reason.view();
    task.by = sequence.by.view();
    task.timeout = hook.timeout;
    task.what = hook.what;
    hook::expand(task.what, {task.service, task.server, task.address});
    return task;
}

}  // namespace lbdrain::nginx
