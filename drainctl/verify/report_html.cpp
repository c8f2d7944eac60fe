#include "verify/report.hpp"

namespace lbdrain::ctl {
std::string report_html(const Report& report) {
    return "<!doctype html><pre>" + report_json(report) + "</pre>\n";
}
}  // namespace lbdrain::ctl
