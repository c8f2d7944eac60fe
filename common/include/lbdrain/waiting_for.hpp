// What a running sequence waits for, in words: for the API, for progress lines and for logs.
#pragma once

#include <string>

#include "lbdrain/sequence.hpp"

namespace lbdrain {

// Empty when nothing is waited for.
std::string waiting_for(const Sequence& sequence, const Observation& seen, Millis now);

// "850 ms", "12.3 s", "14m 58s", "2h 5m"
std::string duration_text(Millis duration);

}  // namespace lbdrain
