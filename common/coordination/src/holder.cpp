#include <chrono>
#include <cstdio>

#include "lbdrain/coordination/coordinator.hpp"

namespace lbdrain {

std::string to_string(const Holder& holder) {
    std::string text = holder.user + "@" + holder.host + ", pid " + std::to_string(holder.pid);
    if (holder.since_unix_ms > 0) {
        const std::chrono::sys_time<std::chrono::milliseconds> at{
            std::chrono::milliseconds(holder.since_unix_ms)};
        const auto day = std::chrono::floor<std::chrono::days>(at);
        const std::chrono::year_month_day date(day);
        const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(at - day));
        char buffer[64];
        std::snprintf(buffer, sizeof(buffer), ", since %04d-%02u-%02uT%02d:%02d:%02dZ",
                      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                      static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                      static_cast<int>(time.minutes().count()),
                      static_cast<int>(time.seconds().count()));
        text += buffer;
    }
    return holder.why.empty() ? text : text + ": " + holder.why;
}

}  // namespace lbdrain
