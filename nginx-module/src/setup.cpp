#include "src/setup.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "src/directives.hpp"
#include "src/fence.hpp"
#include "src/lifecycle.hpp"
#include "src/module.hpp"
#include "src/older_workers.hpp"
#include "src/peer.hpp"
#include "src/wake.hpp"
#include "state/state_file.hpp"

namespace lbdrain::nginx {
namespace {

// Does the function belong to NGINX itself, not to a module loaded into it? Foreign balancers keep
// something else in peer.data (nginx-upstream-fair does), which must not be read as round robin's.
bool is_core(const void* function) noexcept {
    Dl_info ours{};
    Dl_info theirs{};
    return ::dladdr(reinterpret_cast<const void*>(&ngx_http_upstream_init_round_robin), &ours) !=
               0 &&
           ::dladdr(function, &theirs) != 0 && ours.dli_fbase == theirs.dli_fbase;
}

// nullopt: it can be managed.
std::optional<std::string> unmanageable(ngx_http_upstream_srv_conf_t* upstream) {
    if (upstream->srv_conf == nullptr) {
        return "it is implicit (named only by a pass directive); put its servers into an upstream "
               "block to have it managed";
    }
    if (upstream->peer.init_upstream != nullptr &&
        !is_core(reinterpret_cast<const void*>(upstream->peer.init_upstream))) {
        return "its balancing method comes from another module, whose peers are not known";
    }
    auto* peers = static_cast<ngx_http_upstream_rr_peers_t*>(upstream->peer.data);
    if (!is_core(reinterpret_cast<const void*>(upstream->peer.init)) || peers == nullptr ||
        peers->name != &upstream->host || peers->peer == nullptr) {
        return "its balancing method keeps its peers in a way that is not known";
    }
    return std::nullopt;
}

// A server has the name of its `server` directive if that stands for just one address.
std::string name_of(const Group& group, const ngx_http_upstream_rr_peer_t* peer) {
    const auto* servers =
        static_cast<const ngx_http_upstream_server_t*>(group.upstream->servers->elts);
    for (ngx_uint_t i = 0; i < group.upstream->servers->nelts; ++i) {
        if (view(servers[i].name) == view(peer->server) && servers[i].naddrs == 1) {
            return std::string(view(peer->server));
        }
    }
    return std::string(view(peer->name));
}

std::optional<std::string> add_servers(Group& group, ngx_http_upstream_rr_peers_t* peers,
                                       bool backup) {
    for (auto* peer = peers->peer; peer != nullptr; peer = peer->next) {
        const std::string address(view(peer->name));
        if (address.size() > 128 || group.name.size() > 128) {
            return "the name \"" + address + "\" or \"" + group.name +
                   "\" is longer than 128 bytes";
        }
        if (group.find(address) != nullptr) {
            continue;  // the same address twice is one server
        }
        group.servers.push_back(Server{name_of(group, peer), address, 0,
                                       static_cast<unsigned>(peer->weight), backup,
                                       peer->down != 0});
    }
    return std::nullopt;
}

void inherit(Options& own, const Options& outer) {
    auto take = [](auto& mine, const auto& theirs) {
        if (!mine) {
            mine = theirs;
        }
    };
    take(own.timeout, outer.timeout);
    take(own.settle, outer.settle);
    take(own.on_timeout, outer.on_timeout);
    take(own.min_ready, outer.min_ready);
}

char* add_group(ngx_conf_t* cf, MainConf& main, ngx_http_upstream_srv_conf_t* upstream,
                UpstreamConf& conf) {
    auto group = std::make_unique<Group>();
    group->name = view(upstream->host);
    group->upstream = upstream;
    group->options = conf.options;
    inherit(group->options, outer_options(cf));
    group->stop = conf.stop;
    group->start = conf.start;
    group->ready = conf.ready.value_or(
        HookConf{hook::ReadyCheck{}, std::chrono::milliseconds(defaults::ready_timeout)});

    auto* peers = static_cast<ngx_http_upstream_rr_peers_t*>(upstream->peer.data);
    auto failure = add_servers(*group, peers, false);
    if (!failure && peers->next != nullptr) {
        failure = add_servers(*group, peers->next, true);
    }
    if (failure) {
        return refuse(cf, *failure);
    }
    group->original_init = upstream->peer.init;
    upstream->peer.init = init_peer;
    conf.group = group.get();
    main.groups.push_back(std::move(group));
    return NGX_CONF_OK;
}

ngx_int_t set_up_groups(ngx_conf_t* cf, MainConf& main) {
    auto* upstreams = static_cast<ngx_http_upstream_main_conf_t*>(
        ngx_http_conf_get_module_main_conf(cf, ngx_http_upstream_module));
    auto** all = static_cast<ngx_http_upstream_srv_conf_t**>(upstreams->upstreams.elts);
    for (ngx_uint_t i = 0; i < upstreams->upstreams.nelts; ++i) {
        auto* upstream = all[i];
        const std::string name(view(upstream->host));
        UpstreamConf* conf = upstream_conf(upstream);
        std::optional<std::string> why = unmanageable(upstream);
        if (conf != nullptr && conf->off) {
            why = "\"drain off\" says so";
        }
        if (!why) {
            if (add_group(cf, main, upstream, *conf) != NGX_CONF_OK) {
                return NGX_ERROR;
            }
            continue;
        }
        if (conf != nullptr && conf->touched && !conf->off) {
            refuse(cf, "upstream \"" + name + "\" cannot be managed: " + *why);
            return NGX_ERROR;
        }
        ngx_conf_log_error(NGX_LOG_NOTICE, cf, 0, "drain: upstream \"%s\" is left alone: %s",
                           name.c_str(), why->c_str());
        main.unmanaged.push_back({name, *why});
    }
    return NGX_OK;
}

// `nginx -t` runs zone callbacks too; it must change nothing.
bool is_only_a_look() noexcept {
    return ngx_test_config != 0 || ngx_process == NGX_PROCESS_SIGNALLER;
}

// By descriptor: the directory belongs to the workers' user, who must not be able to make root give
// away something else. What was opened has to be what was meant, with no second name.
std::optional<std::string> give_to_workers(const MainConf& main, const std::string& path, int flags,
                                           mode_t type) {
    const int fd = ::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600);
    struct stat info {};
    bool fine = fd >= 0 && ::fstat(fd, &info) == 0;
    if (fine && ((info.st_mode & S_IFMT) != type || (type == S_IFREG && info.st_nlink != 1))) {
        errno = EINVAL;
        fine = false;
    }
    if (fine && ::geteuid() == 0) {
        fine = ::fchown(fd, main.worker_uid, main.worker_gid) == 0;
    }
    const int error = errno;
    if (fd >= 0) {
        ::close(fd);
    }
    if (fine) {
        return std::nullopt;
    }
    return "cannot make \"" + path + "\" for the workers' user: " + std::strerror(error);
}

// Where lbdrain-hook keeps the outcome of its runs, and workers wake each other. Both run as the
// workers' user.
std::optional<std::string> make_run_directory(const MainConf& main) {
    const std::string path = main.path + ".hooks";
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
        return "cannot create \"" + path + "\": " + std::strerror(errno);
    }
    auto failure = give_to_workers(main, Wake::file_for(main.path), O_WRONLY | O_CREAT, S_IFREG);
    return failure ? failure : give_to_workers(main, path, O_RDONLY | O_DIRECTORY, S_IFDIR);
}

std::expected<void, std::string> enroll_all(MainConf& main, StateFile& state) {
    const auto generation = state.begin_generation();
    if (!generation) {
        return std::unexpected(generation.error());
    }
    main.generation = *generation;
    for (auto& group : main.groups) {
        for (Server& server : group->servers) {
            const auto index = state.enroll(group->name, server.address, *generation);
            if (!index) {
                return std::unexpected(index.error());
            }
            server.index = *index;
            main.places[*index] = Place{group.get(), &server};
        }
        auto* peers = static_cast<ngx_http_upstream_rr_peers_t*>(group->upstream->peer.data);
        for (; peers != nullptr; peers = peers->next) {
            for (auto* peer = peers->peer; peer != nullptr; peer = peer->next) {
                if (const Server* server = group->find(view(peer->name))) {
                    group->table.insert(peer->sockaddr, peer->socklen, server->index);
                }
            }
        }
    }
    return {};
}

std::expected<void, std::string> open_and_enroll(MainConf& main) {
    StateFile* state = state_file();
    if (state == nullptr) {
        auto opened = StateFile::open(main.path, main.extent, now_ms());
        if (!opened) {
            return std::unexpected(opened.error());
        }
        state = adopt_state_file(std::move(*opened));
        if (const auto count = remember_older_workers(); count > 0) {
            ngx_log_error(NGX_LOG_WARN, main.cycle->log, 0,
                          "drain: %uz workers from before this module are not counted; no server "
                          "is called drained until they have exited",
                          count);
        }
    } else if (state->path() != main.path || state->extent().slots != main.extent.slots ||
               state->extent().servers != main.extent.servers) {
        return std::unexpected(std::string("\"drain_state\" cannot change by a reload; ") +
                               "restart nginx for another path or other sizes");
    }
    if (auto failure = make_run_directory(main)) {
        return std::unexpected(*failure);
    }
    return enroll_all(main, *state);
}

}  // namespace

ngx_int_t set_up(ngx_conf_t* cf) noexcept {
    return fenced(cf->log, ngx_int_t{NGX_ERROR}, [&]() -> ngx_int_t {
        MainConf& main = main_conf(cf);
        if (!main.enabled) {
            if (main.needs_state) {
                refuse(cf, "drain directives need \"drain_state PATH\" in the http block");
                return NGX_ERROR;
            }
            return NGX_OK;
        }
        main.cycle = cf->cycle;
        if (set_up_groups(cf, main) != NGX_OK) {
            return NGX_ERROR;
        }
        if (!main.groups.empty() && ::access(main.hook_program.c_str(), X_OK) != 0) {
            refuse(cf, "cannot run \"" + main.hook_program + "\": " + std::strerror(errno) +
                           "; hooks and ready checks need lbdrain-hook (install it or set "
                           "drain_hook_program)");
            return NGX_ERROR;
        }
        // A zone of ours only for its init callback; it holds nothing.
        ngx_str_t name = ngx_string("lbdrain");
        ngx_shm_zone_t* zone =
            ngx_shared_memory_add(cf, &name, 8 * ngx_pagesize, &ngx_http_drain_module);
        if (zone == nullptr) {
            return NGX_ERROR;
        }
        zone->init = open_state;
        zone->data = &main;
        return NGX_OK;
    });
}

ngx_int_t open_state(ngx_shm_zone_t* zone, void*) noexcept {
    ngx_log_t* log = zone->shm.log;
    return fenced(log, ngx_int_t{NGX_ERROR}, [&]() -> ngx_int_t {
        MainConf& main = *static_cast<MainConf*>(zone->data);
        const bool look = is_only_a_look();
        const auto* core =
            reinterpret_cast<ngx_core_conf_t*>(ngx_get_conf(main.cycle->conf_ctx, ngx_core_module));
        main.worker_uid = core->user;
        main.worker_gid = core->group;
        const auto result = look ? StateFile::check(main.path, main.extent) : open_and_enroll(main);
        if (!result) {
            ngx_log_error(NGX_LOG_EMERG, log, 0, "drain: %s", result.error().c_str());
            return NGX_ERROR;
        }
        return NGX_OK;
    });
}

}  // namespace lbdrain::nginx
