import Foundation

/// How many files and connections this process may have open (RLIMIT_NOFILE).
enum DescriptorLimit {
    /// Asks for as many as the system gives, at most so many.
    private static let wanted: rlim_t = 65_536

    /// Systems start programs with a low limit, 1024 as a rule, which the connections alone reach; up to the hard limit
    /// it is the program's to choose. Where it cannot be raised it stays.
    static func raise() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        guard limit.rlim_cur < wanted else { return }
        limit.rlim_cur = min(wanted, limit.rlim_max)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
