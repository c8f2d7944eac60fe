// The record as text: nothing is lost on the way, and no bytes do harm.
#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <functional>
#include <random>
#include <tuple>

#include "full_record.hpp"

namespace lbdrain::agent::test {
namespace {

using testing::HasSubstr;

// Structured bindings name every member: one that is added breaks these until it is compared, and
// until full_record() fills it in.
auto members(const Policy& p) {
    const auto& [a, b, c, d, e, f, g, h] = p;
    return std::make_tuple(a, b, c, d, e, f, g, h);
}
auto members(const Ending& e) {
    const auto& [id, goal, outcome, at, left, text] = e;
    return std::make_tuple(id, goal, outcome, at, left, std::string(text.view()));
}
auto members(const Sequence& s) {
    const auto& [state, goal, overdue, start_hook, check, before, id, policy, since, begun,
                 deadline, zero_since, run, run_since, cut, by, reason, progress, stop_text, last] =
        s;
    return std::make_tuple(state, goal, overdue, start_hook, check, before, id, members(policy),
                           since, begun, deadline, zero_since, run.kind, run.number, run_since, cut,
                           std::string(by.view()), std::string(reason.view()),
                           std::string(progress.view()), std::string(stop_text.view()),
                           members(last));
}
auto members(const ServerRecord& r) {
    const auto& [service, server, sequence, readmit, by_hand, stopped] = r;
    return std::make_tuple(service, server, members(sequence), readmit, by_hand, stopped);
}

template <typename Tuple>
void expect_all_differ(const Tuple& full, const Tuple& fresh) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        const auto differs = [](std::size_t index, bool same) {
            EXPECT_FALSE(same) << "member " << index;
        };
        (differs(I, std::get<I>(full) == std::get<I>(fresh)), ...);
    }
    (std::make_index_sequence<std::tuple_size_v<Tuple>>());
}

TEST(Record, TheFullOneLeavesNoMemberAtItsDefault) {
    expect_all_differ(members(full_policy()), members(Policy{}));
    expect_all_differ(members(full_ending()), members(Ending{}));
    expect_all_differ(members(full_sequence()), members(Sequence{}));
    expect_all_differ(members(full_record()), members(ServerRecord{}));
}

TEST(Record, KeepsEveryMember) {
    const auto decoded = decode_record(encode(full_record(), "boot-7"));
    ASSERT_TRUE(decoded) << decoded.error();
    EXPECT_EQ(decoded->boot, "boot-7");
    EXPECT_EQ(members(decoded->record), members(full_record()));
}

TEST(Record, KeepsEveryWord) {
    ServerRecord record = full_record();
    for (unsigned i = 0; i <= static_cast<unsigned>(ServerState::down); ++i) {
        record.sequence.state = static_cast<ServerState>(i);
        record.sequence.goal = static_cast<Goal>(i % 6);
        record.sequence.last.outcome = static_cast<Outcome>(i % 6);
        record.sequence.policy.on_timeout = static_cast<OnTimeout>(i % 3);
        record.sequence.run.kind = static_cast<RunKind>(i % 4);
        const auto decoded = decode_record(encode(record, "b"));
        ASSERT_TRUE(decoded) << decoded.error();
        EXPECT_EQ(members(decoded->record), members(record));
    }
}

// A hook's output is whatever it is; the record has to be readable again all the same.
TEST(Record, IsReadableWhateverAHookSaid) {
    ServerRecord record = full_record();
    record.sequence.progress = "caf\xE9 \xFF\xFE \x01";
    record.sequence.last.text.assign(std::string(192, '\xFF'));
    record.sequence.stop_text = std::string_view("a\0b", 3);
    const auto decoded = decode_record(encode(record, "b"));
    ASSERT_TRUE(decoded) << decoded.error();
    EXPECT_EQ(decoded->record.sequence.progress.view(),
              "caf\xEF\xBF\xBD \xEF\xBF\xBD\xEF\xBF\xBD \x01");
    EXPECT_EQ(decoded->record.sequence.stop_text, record.sequence.stop_text);
}

// Every member, missing or of another kind, is named.
void spoil(
    const boost::json::object& at, const std::string& prefix,
    const std::function<std::string(const std::string&, const boost::json::value*)>& decode) {
    for (const auto& member : at) {
        const std::string path = prefix + std::string(member.key());
        EXPECT_THAT(decode(path, nullptr), HasSubstr("\"" + path + "\" is missing"));
        const boost::json::value odd = boost::json::array{1.5};
        EXPECT_THAT(decode(path, &odd), HasSubstr("\"" + path + "\" is not"));
        if (member.value().is_object()) {
            spoil(member.value().get_object(), path + ".", decode);
        }
    }
}

TEST(Record, NamesTheMemberThatIsMissingOrWrong) {
    const auto whole = boost::json::parse(encode(full_record(), "b")).as_object();
    const auto decode = [&](const std::string& path, const boost::json::value* instead) {
        boost::json::object spoiled = whole;
        boost::json::object* at = &spoiled;
        std::string_view rest = path;
        for (auto dot = rest.find('.'); dot != rest.npos; dot = rest.find('.')) {
            at = &at->at(rest.substr(0, dot)).as_object();
            rest.remove_prefix(dot + 1);
        }
        at->erase(rest);
        if (instead != nullptr) {
            at->emplace(rest, *instead);
        }
        const auto decoded = decode_record(boost::json::serialize(spoiled));
        return decoded ? "it was taken" : decoded.error();
    };
    spoil(whole, "", decode);
}

TEST(Record, RefusesNumbersOutOfRangeAndUnknownWords) {
    const std::string text = encode(full_record(), "b");
    const auto with = [&](const std::string& from, const std::string& to) {
        std::string changed = text;
        const auto at = changed.find(from);
        EXPECT_NE(at, changed.npos) << from;
        changed.replace(at, from.size(), to);
        const auto decoded = decode_record(changed);
        return decoded ? "it was taken" : decoded.error();
    };
    EXPECT_THAT(with("4000000000", "4294967296"), HasSubstr("run_number"));
    EXPECT_THAT(with("\"cut\":17", "\"cut\":-1"), HasSubstr("cut"));
    EXPECT_THAT(with("\"since\":12", "\"since\":1e300"), HasSubstr("since"));
    EXPECT_THAT(with("\"draining\"", "\"dozing\""), HasSubstr("state"));
    EXPECT_THAT(with("\"version\":1", "\"version\":2"), HasSubstr("another version"));
}

TEST(Record, SurvivesAnyBytes) {
    const std::string text = encode(full_record(), "boot");
    for (std::size_t size = 0; size < text.size() - 1; ++size) {
        ASSERT_FALSE(decode_record(text.substr(0, size))) << "cut at " << size;
    }
    std::mt19937_64 random(7);
    for (int i = 0; i < 20'000; ++i) {
        std::string bytes = text;
        for (auto changes = random() % 4 + 1; changes > 0; --changes) {
            bytes[random() % bytes.size()] = static_cast<char>(random());
        }
        (void)decode_record(bytes);
    }
    for (const char* odd : {"", "null", "[]", "{}", "{\"version\":1}", "\xFF", "[[[[[[[[[["}) {
        EXPECT_FALSE(decode_record(odd)) << odd;
    }
    EXPECT_FALSE(decode_record(std::string(60'000, '[')));
}

}  // namespace
}  // namespace lbdrain::agent::test
