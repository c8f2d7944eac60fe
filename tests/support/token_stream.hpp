// The numbered stream that a replica sends and a client checks: token 0 .. token N-1 and an end
// marker that tells N, as plain lines or as server-sent events. Stateless.
#pragma once

#include <string>
#include <string_view>

namespace lbdrain::test {

std::string token_text(int number, bool sse);
std::string end_text(int count, bool sse);
std::string whole_stream(int count, bool sse);

// Empty if the body is a whole stream of any length in either form, else what is wrong with it.
std::string stream_fault(std::string_view body);

}  // namespace lbdrain::test
