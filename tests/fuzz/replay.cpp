// Gives every file of the folders named on the command line to a fuzz target, once, and each of its
// beginnings too: what was cut short is where readers go wrong. Any compiler will do.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

#include "fuzz_target.hpp"

int main(int argc, char** argv) {
    int files = 0;
    for (int i = 1; i < argc; ++i) {
        for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
            std::ifstream in(entry.path(), std::ios::binary);
            const std::string bytes{std::istreambuf_iterator<char>(in), {}};
            for (std::size_t size = 0; size <= bytes.size(); ++size) {
                // A copy of just this size, so that a read past it is one past the end.
                const std::vector<std::uint8_t> part(
                    bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
                LLVMFuzzerTestOneInput(part.data(), part.size());
            }
            ++files;
        }
    }
    std::cout << files << " files\n";
    return files > 0 ? 0 : 1;
}
