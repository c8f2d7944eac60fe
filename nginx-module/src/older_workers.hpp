// Workers that were started before the module was turned on by a reload: what they have in flight
// is not counted, so nothing can be called drained while one of them lives.
#pragma once

#include <cstddef>

namespace lbdrain::nginx {

// In the master, when the state file is opened: remembers the workers that run. How many there are;
// none at the start of NGINX.
std::size_t remember_older_workers();

// In any worker: does one of them still live?
bool older_worker_alive() noexcept;

}  // namespace lbdrain::nginx
