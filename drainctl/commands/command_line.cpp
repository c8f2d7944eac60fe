#include "commands/command_line.hpp"

#include "commands/status.hpp"
#include "commands/systemd.hpp"
#include "lbdrain/yaml/scalars.hpp"

namespace lbdrain::ctl {
namespace {

using api::Action;

std::expected<Millis, std::string> parse_duration_text(const std::string& text) {
    yaml::YamlNode node;
    node.kind = yaml::YamlNode::Kind::scalar;
    node.text = text;
    const auto value = yaml::parse_duration(node);
    if (value) {
        return *value;
    }
    const yaml::Fault& fault = value.error();
    return std::unexpected(
        "\"" + text + "\" " + fault.what + ", expected " +
        (fault.expected.empty() ? "a duration such as 30s, 15m or 1h30m" : fault.expected));
}

void add_status(CommandLine& line) {
    const auto options = std::make_shared<StatusOptions>();
    CLI::App& command = *line.app.add_subcommand("status", "Show all servers at a glance");
    command.add_option("SERVICE[/SERVER]", options->only, "Only these");
    command.add_flag("-w,--watch", options->watch, "Draw it again and again until Ctrl-C");
    command.callback([&line, options] {
        line.run = [options](Context& context) { return status(context, *options); };
    });
}

}  // namespace

const CLI::Validator a_duration(
    [](std::string& text) {
        const auto value = parse_duration_text(text);
        return value ? std::string() : value.error();
    },
    "DURATION", "duration");

Millis duration_of(const std::string& text) {
    return parse_duration_text(text).value_or(0);
}

void DrainTimes::add_to(CLI::App& command, bool stops) {
    command.add_option("--timeout", timeout, "Longest time to drain, such as 15m")
        ->check(a_duration);
    command.add_option("--settle", settle, "How long zero has to hold, such as 1s")
        ->check(a_duration);
    command
        .add_option("--on-timeout", on_timeout,
                    stops ? "When the time for draining is over: put it back, cut, or go on waiting"
                          : "When the time for draining is over: put it back, or go on waiting")
        ->check(stops ? CLI::IsMember({"readmit", "stop", "wait"})
                      : CLI::IsMember({"readmit", "wait"}));
}

void DrainTimes::apply(api::CommandRequest& body) const {
    if (!timeout.empty()) {
        body.timeout_ms = duration_of(timeout);
    }
    if (!settle.empty()) {
        body.settle_ms = duration_of(settle);
    }
    if (!on_timeout.empty()) {
        body.on_timeout = parse_on_timeout(on_timeout);
    }
}

CommandLine::CommandLine()
    : app("Restarts replicas behind NGINX and HAProxy without a failed request: the command for "
          "the "
          "drain API.") {
    app.name("drainctl");
    app.set_version_flag("--version", "drainctl " LBDRAIN_VERSION);
    app.require_subcommand(1);
    app.add_option("--api", apis, "A drain API: unix:/PATH or a URL; may be repeated")
        ->type_name("URL")
        ->allow_extra_args(false);
    app.add_option("--config", config,
                   "Instead of ~/.config/lbdrain/drainctl.yaml or /etc/lbdrain/drainctl.yaml")
        ->type_name("FILE");
    app.add_flag("--json", json, "One JSON object a line instead of text");
    app.footer(
        "Exit codes: 0 done; 1 failed; 2 usage; 3 drain deadline passed, server put back;\n"
        "4 refused by a guard; 5 locked by another; 6 target unreachable; 130 interrupted.");
    add_status(*this);
    add_act(*this, Action::drain, "Take servers out and wait until their last request is answered");
    add_act(*this, Action::stop, "Drain, then stop the process");
    add_act(*this, Action::start, "Start the process, wait until it can serve, put it back");
    add_act(*this, Action::restart, "Drain, stop, start, wait until it can serve, put it back");
    add_act(*this, Action::ready, "Put servers back");
    add_act(*this, Action::down, "Take servers out at once, whatever is in flight");
    add_rollout(*this);
    add_lock(*this);
    add_verify(*this);
    add_systemd(*this);
    add_completion(*this);
    add_complete(*this);
}

}  // namespace lbdrain::ctl
