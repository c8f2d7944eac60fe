// A table of texts for a terminal: columns as wide as their widest cell, two blanks between them.
#pragma once

#include <string>
#include <vector>

#include "output/terminal.hpp"

namespace lbdrain::ctl {

struct Cell {
    Cell(std::string shown, Style how = Style::plain) : text(std::move(shown)), style(how) {}
    Cell(const char* shown) : text(shown) {}

    std::string text;
    Style style = Style::plain;
};

class Table {
  public:
    // `right`: columns of numbers.
    Table(std::vector<std::string> heading, std::vector<bool> right)
        : heading_(std::move(heading)), right_(std::move(right)) {}

    void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
    // One line each, heading first; columns that are empty in every row are left out.
    std::vector<std::string> lines(const Terminal& terminal) const;

  private:
    std::vector<std::string> heading_;
    std::vector<bool> right_;
    std::vector<std::vector<Cell>> rows_;
};

}  // namespace lbdrain::ctl
