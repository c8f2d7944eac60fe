// Hooks for tests: what they do is done by `control`, a server whose handlers kill and start
// replica 0, and by scripts in nginx's directory that ask it and write down that they ran.
#pragma once

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "drain_fixture.hpp"

namespace lbdrain::test {

class HookTest : public testing::Test {
  protected:
    HookTest() {
        control.on("/stop", [this](const HttpReader& request) {
            asked.push_back(request.method() + " " + request.target() + " " + request.body());
            it.replica(0).kill();
            return ReplicaReply{200, "stopped", {}};
        });
        control.on("/start", [this](const HttpReader& request) {
            asked.push_back(request.method() + " " + request.target() + " " + request.body());
            it.replica(0).start();
            return ReplicaReply{200, "started", {}};
        });
    }

    // `upstream`: directives for "up"; a ready check that does not wait is added.
    void start(const std::string& upstream,
               const std::string& check = "http://$server/health passes=1 interval=20ms") {
        DrainSetup setup;
        setup.after = upstream + (check.empty() ? "" : "\ndrain_ready_check " + check + ";");
        it.configure(setup);
        ASSERT_TRUE(it.start());
    }

    // A bash script; $CONTROL and $DIR are set, `ask PATH` asks control. Returns its path.
    std::string script(const std::string& name, const std::string& text) {
        const auto& directory = it.nginx().directory();
        const auto path = directory.write(
            name, "#!/bin/bash\nDIR=" + directory.path().string() +
                      "\nCONTROL=" + std::to_string(control.port()) +
                      "\nask() { exec 3<>/dev/tcp/127.0.0.1/$CONTROL; "
                      "printf 'GET %s HTTP/1.0\\r\\n\\r\\n' \"$1\" >&3; cat <&3 >/dev/null; }\n"
                      "echo \"$LBDRAIN_ACTION\" >> $DIR/runs\n" +
                      text + "\n");
        std::filesystem::permissions(path, std::filesystem::perms::owner_all);
        return path.string();
    }

    // The actions that scripts were run for, in order.
    std::vector<std::string> runs() {
        std::istringstream in(read_file(it.nginx().directory() / "runs"));
        std::vector<std::string> lines;
        for (std::string line; std::getline(in, line);) {
            lines.push_back(line);
        }
        return lines;
    }

    std::string last_detail(std::size_t i) {
        const auto server = it.server(i);
        return text_of(server.at("last").as_object(), "detail");
    }

    void expect_traffic_avoids_0() {
        for (int i = 0; i < 10; ++i) {
            EXPECT_EQ(it.client().get("/?unary=1").header("X-Replica"), "r1");
        }
    }

    std::vector<std::string> asked;  // of control; read it when no hook runs
    DrainNginx it;
    Replica control{"control"};  // its handlers use the others: it has to go first
};

}  // namespace lbdrain::test
