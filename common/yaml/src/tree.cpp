#include "lbdrain/yaml/tree.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <sstream>

#include "text.hpp"

namespace lbdrain::yaml {
namespace {

Position position(const YAML::Mark& mark) {
    return {mark.line + 1, mark.column + 1};
}

// Builds the tree from the parser's events. Goes on after an error and keeps the first: an
// exception of ours through the parser would be one more way out to think of.
class TreeBuilder final : public YAML::EventHandler {
  public:
    explicit TreeBuilder(Document& document) : document_(document) {}

    const std::string& error() const { return error_; }
    Position error_at() const { return error_at_; }
    int documents() const { return documents_; }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (++documents_ > 1) {
            fail(position(mark), "a second document begins here, expected only one in the file");
        }
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        YamlNode& node = make(YamlNode::Kind::null, mark);
        // The parser has it where the next text begins; people look at the key.
        if (!open_.empty() && open_.back().key != nullptr) {
            node.at = open_.back().key->at;
        }
        finish(node, anchor);
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        YamlNode& node = leaf(YamlNode::Kind::scalar, mark, anchor);
        node.text = value;
        node.quoted = tag == "!";
        check_tag(mark, tag);
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end()) {
            fail(position(mark), "this alias stands inside what it names");
            return;
        }
        attach(*found->second);
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        check_tag(mark, tag);
        open(YamlNode::Kind::list, mark, anchor);
    }
    void OnSequenceEnd() override { close(); }

    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        check_tag(mark, tag);
        open(YamlNode::Kind::mapping, mark, anchor);
    }
    void OnMapEnd() override { close(); }

  private:
    struct Open {
        YamlNode* node;
        YAML::anchor_t anchor;
        const YamlNode* key = nullptr;  // of a mapping: read, its value not yet
    };

    void fail(Position at, std::string message) {
        if (error_.empty()) {
            error_ = std::move(message);
            error_at_ = at;
        }
    }

    void check_tag(const YAML::Mark& mark, const std::string& tag) {
        if (!tag.empty() && tag != "?" && tag != "!") {
            fail(position(mark), "YAML tags (\"!...\") are not supported, leave it out");
        }
    }

    YamlNode& make(YamlNode::Kind kind, const YAML::Mark& mark) {
        YamlNode& node = document_.nodes.emplace_back();
        node.kind = kind;
        node.at = position(mark);
        return node;
    }

    YamlNode& leaf(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
        YamlNode& node = make(kind, mark);
        finish(node, anchor);
        return node;
    }

    void open(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
        open_.push_back({&make(kind, mark), anchor});
    }

    void close() {
        const Open closed = open_.back();
        open_.pop_back();
        finish(*closed.node, closed.anchor);
    }

    void finish(YamlNode& node, YAML::anchor_t anchor) {
        if (anchor != YAML::NullAnchor) {
            anchors_[anchor] = &node;
        }
        attach(node);
    }

    void attach(const YamlNode& node) {
        if (open_.empty()) {
            document_.root = &node;
            return;
        }
        Open& parent = open_.back();
        parent.node->size += node.size;
        if (parent.node->size > kMaxNodes) {
            parent.node->size = kMaxNodes;  // and no overflow, however often it is named again
            fail(parent.node->at, "too large with all aliases followed");
        }
        if (parent.node->kind == YamlNode::Kind::list) {
            parent.node->items.push_back(&node);
        } else if (parent.key == nullptr) {
            parent.key = &node;
        } else {
            parent.node->entries.push_back({parent.key, &node});
            parent.key = nullptr;
        }
    }

    Document& document_;
    std::vector<Open> open_;
    std::map<YAML::anchor_t, const YamlNode*> anchors_;
    std::string error_;
    Position error_at_;
    int documents_ = 0;
};

}  // namespace

std::expected<Document, YamlError> parse_yaml(std::string_view text) {
    if (auto error = unreadable_byte(text)) {
        return std::unexpected(std::move(*error));
    }
    Document document;
    TreeBuilder builder(document);
    std::istringstream stream{std::string(text)};
    try {
        YAML::Parser parser(stream);
        // Twice at most: on some broken texts the parser hands out documents without end.
        if (parser.HandleNextDocument(builder) && builder.error().empty()) {
            parser.HandleNextDocument(builder);
        }
    } catch (const YAML::Exception& error) {
        if (builder.error().empty()) {
            return std::unexpected(explain(text, position(error.mark), error.msg));
        }
    }
    if (!builder.error().empty()) {
        return std::unexpected(YamlError{builder.error_at(), builder.error()});
    }
    return document;
}

}  // namespace lbdrain::yaml
