#include "lbdrain/yaml/read_file.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "lbdrain/yaml/tree.hpp"

namespace lbdrain::yaml {
namespace {

std::unexpected<Errors> refuse(const std::string& name, std::string message) {
    return std::unexpected(Errors{ConfigError{name, 0, 0, std::move(message)}});
}

std::string too_large() {
    return "larger than " + std::to_string(kMaxConfigBytes) + " bytes, the limit";
}

}  // namespace

std::expected<std::string, Errors> read_text(const std::string& path) {
    const std::unique_ptr<std::FILE, decltype([](std::FILE* file) { std::fclose(file); })> file(
        std::fopen(path.c_str(), "re"));
    if (!file) {
        return refuse(path, std::string("cannot open it: ") + std::strerror(errno));
    }
    std::string text;
    std::array<char, 16384> block{};
    while (const std::size_t count = std::fread(block.data(), 1, block.size(), file.get())) {
        text.append(block.data(), count);
        if (text.size() > kMaxConfigBytes) {
            return refuse(path, too_large());
        }
    }
    if (std::ferror(file.get()) != 0) {
        return refuse(path, std::string("cannot read it: ") + std::strerror(errno));
    }
    return text;
}

std::expected<void, Errors> read_document(std::string_view text, const std::string& name,
                                          const Layout& layout,
                                          const std::function<void(const Mapping&)>& read) {
    if (text.size() > kMaxConfigBytes) {
        return refuse(name, too_large());
    }
    const auto document = parse_yaml(text);
    Mistakes mistakes(name);
    if (!document) {
        mistakes.add(document.error().at, document.error().message);
        return std::unexpected(mistakes.take());
    }
    if (document->root == nullptr || document->root->kind == YamlNode::Kind::null) {
        if (layout.if_empty.empty()) {
            return {};
        }
        return refuse(name, "empty, " + std::string(layout.if_empty));
    }
    const Mapping file(mistakes, *layout.file, *document->root, "", document->root->at,
                       layout.expected);
    if (file) {
        read(file);
    }
    if (!mistakes.none()) {
        return std::unexpected(mistakes.take());
    }
    return {};
}

}  // namespace lbdrain::yaml
