// The page: the report and the timeline as data in it, drawn by its own script.
#include <algorithm>
#include <boost/json.hpp>

#include "lbdrain/utf8.hpp"
#include "verify/report.hpp"
#include "verify/report_page.hpp"

namespace lbdrain::ctl {
namespace {

constexpr std::size_t most_drawn = 20'000;  // what a browser draws without a pause

boost::json::array row_of(const TimelineEntry& entry) {
    return {entry.start / 1000, entry.first_ms, entry.total_ms, static_cast<unsigned>(entry.what),
            entry.replica,      entry.status};
}

// By their start; all failures, and of the good ones every so many.
boost::json::array rows_of(std::vector<TimelineEntry> entries) {
    std::ranges::sort(entries, {}, &TimelineEntry::start);
    const auto failed = static_cast<std::size_t>(std::ranges::count_if(
        entries, [](const TimelineEntry& entry) { return entry.what != RequestClass::ok; }));
    const std::size_t good = entries.size() - failed;
    const std::size_t room = most_drawn - std::min(failed, most_drawn);
    const std::size_t every = good > room ? good / std::max<std::size_t>(room, 1) + 1 : 1;
    boost::json::array rows;
    std::size_t seen = 0;
    for (const TimelineEntry& entry : entries) {
        if (entry.what != RequestClass::ok ? rows.size() < 2 * most_drawn : seen++ % every == 0) {
            rows.push_back(row_of(entry));
        }
    }
    return rows;
}

}  // namespace

std::string report_html(const Report& report) {
    const Statistics& statistics = report.statistics;
    boost::json::array seconds;
    for (const SecondCount& second : statistics.seconds()) {
        seconds.push_back(boost::json::array{second.begun, second.ok, second.failed, second.tokens,
                                             second.longest_gap});
    }
    boost::json::array classes;
    boost::json::object meanings;
    for (std::size_t i = 0; i < request_classes; ++i) {
        const auto what = static_cast<RequestClass>(i);
        classes.emplace_back(to_string(what));
        meanings[to_string(what)] = meaning(what);
    }
    boost::json::array replicas;
    for (const std::string& name : statistics.replicas()) {
        replicas.emplace_back(to_utf8(name));
    }
    boost::json::array rows = rows_of(statistics.entries());
    const std::uint64_t left_out = statistics.total() - rows.size();
    const boost::json::object data{{"report", boost::json::parse(report_json(report))},
                                   {"entries", std::move(rows)},
                                   {"left_out", left_out},
                                   {"seconds", std::move(seconds)},
                                   {"classes", std::move(classes)},
                                   {"meanings", std::move(meanings)},
                                   {"replicas", std::move(replicas)}};
    std::string page(page_head);
    // What servers say stands in there: no tag of theirs may end the script element.
    for (const char c : boost::json::serialize(data)) {
        if (c == '<') {
            page += "\\u003c";
        } else {
            page += c;
        }
    }
    page += page_tail;
    return page;
}

}  // namespace lbdrain::ctl
