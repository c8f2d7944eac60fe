// The HTTP client's own promises; what a hook sees of it stands in its tests.
#include <gmock/gmock.h>

#include "lbdrain/http/client.hpp"
#include "lbdrain/http/url.hpp"
#include "replica.hpp"

namespace lbdrain::http {
namespace {

using test::long_enough;
using test::Replica;
using testing::HasSubstr;

TimePoint soon() {
    return Clock::now() + long_enough;
}

Request get(const Replica& replica, const std::string& path) {
    return {"GET", "http://" + replica.address() + path};
}

TEST(HttpClient, KeepsItsConnection) {
    Replica replica("r");
    Client client;
    for (int i = 0; i < 5; ++i) {
        const auto reply = client.send(get(replica, "/?unary=1"), soon());
        ASSERT_TRUE(reply) << reply.error().text;
        EXPECT_EQ(reply->status, 200);
    }
    EXPECT_EQ(replica.counts().connections, 1);
    ASSERT_TRUE(send_once(get(replica, "/?unary=1"), soon()));
    EXPECT_EQ(replica.counts().connections, 2);
}

TEST(HttpClient, GetsOverARestartOfTheOtherSide) {
    Replica replica("r");
    Client client;
    ASSERT_TRUE(client.send(get(replica, "/?unary=1"), soon()));
    replica.kill();
    const auto refused = client.send(get(replica, "/?unary=1"), soon());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().text, "connection refused");
    EXPECT_TRUE(refused.error().nothing_sent);
    replica.start();
    EXPECT_TRUE(client.send(get(replica, "/?unary=1"), soon()));
}

TEST(HttpClient, ABodyIsCutOrRefused) {
    Replica replica("r");
    replica.on("/long", [](const test::HttpReader&) {
        return test::ReplicaReply{.body = std::string(100'000, 'x')};
    });
    Client client;
    Request request = get(replica, "/long");
    request.keep = 10;
    EXPECT_EQ(client.send(request, soon())->body, "xxxxxxxxxx");
    request.must_fit = true;
    EXPECT_EQ(client.send(request, soon()).error().text, "the reply is longer than 10 bytes");
    request.keep = 100'000;
    EXPECT_EQ(client.send(request, soon())->body.size(), 100'000U);
}

TEST(HttpClient, EndsInTime) {
    Replica replica("r");
    replica.hold();
    const auto late =
        Client().send(get(replica, "/"), Clock::now() + std::chrono::milliseconds(50));
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().text, "timed out");
    EXPECT_FALSE(late.error().nothing_sent);
}

TEST(HttpTransfers, RunAtTheSameTimeAndWake) {
    Replica held("held");
    Replica well("well");
    held.hold();
    Transfers transfers;
    transfers.start(7, get(held, "/"), soon());
    transfers.start(8, get(well, "/?unary=1"), soon());
    std::vector<Transfers::Done> done;
    while (done.empty()) {
        done = transfers.wait(soon()).done;
    }
    EXPECT_EQ(done.front().id, 8U);
    ASSERT_TRUE(held.wait_for_held(1));
    EXPECT_EQ(transfers.running(), 1U);
    transfers.wake();
    EXPECT_TRUE(transfers.wait(soon()).done.empty());
    EXPECT_EQ(transfers.cancel(7).text, "interrupted");
    EXPECT_EQ(transfers.running(), 0U);
}

TEST(HttpTransfers, WhatCannotBeAskedIsTold) {
    Transfers transfers;
    transfers.start(1, {"GET", "file:///etc/passwd"}, soon());
    std::vector<Transfers::Done> done;
    while (done.empty()) {
        done = transfers.wait(soon()).done;
    }
    EXPECT_THAT(done.front().result.error().text, HasSubstr("protocol"));
}

TEST(Urls, Pieces) {
    EXPECT_EQ(origin_of("http://10.0.0.1:8000/a?b#c"), "http://10.0.0.1:8000");
    EXPECT_EQ(shown_url("https://me:secret@host/a?token=b"), "https://host/a");
    EXPECT_EQ(encoded_path("unix:/run/a b"), "unix:/run/a%20b");
    EXPECT_EQ(encoded_path("[::1]:80?#%"), "%5B::1%5D:80%3F%23%25");
}

}  // namespace
}  // namespace lbdrain::http
