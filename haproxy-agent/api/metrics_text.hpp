// Writes Prometheus' text exposition format (0.0.4), so that `promtool check metrics` has nothing
// to say about it.
//
// A value; not thread-safe. All samples of a family follow its family() at once, as the format
// wants it. Names are the caller's constants and taken as they are; values of labels and helps may
// hold any bytes.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace lbdrain::agent {

class MetricsText {
  public:
    enum class Type { counter, gauge, histogram };

    struct Label {
        std::string_view name;
        std::string_view value;
    };
    using Labels = std::initializer_list<Label>;

    void family(std::string_view name, Type type, std::string_view help);

    void sample(Labels labels, std::uint64_t value);
    void sample(Labels labels, double value);

    // `counts` holds one more than `bounds`, the last for what is above all of them; each count is
    // of its own bucket alone. Bounds rise.
    void histogram(Labels labels, std::span<const double> bounds,
                   std::span<const std::uint64_t> counts, double sum);

    const std::string& text() const { return text_; }

  private:
    void line(std::string_view suffix, Labels labels, const Label* more, std::string_view value);

    std::string name_;
    std::string text_;
};

// process_cpu_seconds_total, process_resident_memory_bytes, process_open_fds, process_max_fds,
// process_start_time_seconds of this process; what /proc does not tell is left out.
void add_process_metrics(MetricsText& out);

}  // namespace lbdrain::agent
