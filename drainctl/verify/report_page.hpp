// The page around the data of a run. Pure text.
#pragma once

#include <string_view>

namespace lbdrain::ctl {

// In this order, with the data as a JSON object between them.
extern const std::string_view page_head;  // styles and markup, up to the data
extern const std::string_view page_tail;  // the script that draws it

}  // namespace lbdrain::ctl
