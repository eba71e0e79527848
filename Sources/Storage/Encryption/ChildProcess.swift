import Foundation

/// A program that was started with pipes for its output and its complaints, nothing to read, and a process group of its
/// own. Foundation's `Process` cannot give it a group, and a grandchild that outlives a killed child keeps its pipes open.
struct ChildProcess {
    private let identifier: pid_t
    private let pipes: [Pipe]
    private let name: String

    /// The end of a pipe that is read; closed at its end.
    private final class Pipe {
        let reader: CInt
        let writer: CInt
        let isComplaint: Bool
        var isOpen = true

        init(isComplaint: Bool) throws(StorageError) {
            var ends: [CInt] = [0, 0]
            guard pipe(&ends) == 0 else { throw StorageError(.inputOutput, "no pipe can be made") }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            (reader, writer, self.isComplaint) = (ends[0], ends[1], isComplaint)
        }

        deinit { close(reader) }
    }

    /// Bytes that are read at once.
    private static let chunk = 64 << 10

    /// - Parameters:
    ///   - words: the program, looked up in `PATH`, and its arguments; not empty.
    ///   - environment: what it gets besides this process's own.
    /// - Throws: `StorageError` `.notFound`, `.inputOutput`.
    init(_ words: [String], environment: [String: String] = [:]) throws(StorageError) {
        let pipes = [try Pipe(isComplaint: false), try Pipe(isComplaint: true)]
        defer { for pipe in pipes { close(pipe.writer) } }
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, pipes[0].writer, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, pipes[1].writer, STDERR_FILENO)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        var arguments = words.map { strdup($0) } + [nil]
        let all = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        var variables = all.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var child: pid_t = 0
        let failure = posix_spawnp(&child, words[0], &actions, &attributes, &arguments, &variables)
        guard failure == 0 else {
            throw StorageError(
                failure == ENOENT ? .notFound : .inputOutput,
                "\(words[0]) cannot be started: \(String(cString: strerror(failure)))")
        }
        (identifier, name, self.pipes) = (child, words[0], pipes)
    }

    /// The next bytes that it has written; `nil` once it has closed both pipes.
    func read(until deadline: ContinuousClock.Instant) throws(StorageError) -> (bytes: [UInt8], isComplaint: Bool)? {
        while true {
            let open = pipes.filter(\.isOpen)
            if open.isEmpty { return nil }
            var polled = open.map { pollfd(fd: $0.reader, events: Int16(POLLIN), revents: 0) }
            let count = poll(&polled, nfds_t(polled.count), try milliseconds(until: deadline))
            if count <= 0 { continue }
            for (pipe, state) in zip(open, polled) where state.revents != 0 {
                var bytes = [UInt8](repeating: 0, count: Self.chunk)
                let size = Foundation.read(pipe.reader, &bytes, bytes.count)
                if size > 0 { return (Array(bytes.prefix(size)), pipe.isComplaint) }
                if size == 0 || errno != EINTR { pipe.isOpen = false }
            }
        }
    }

    /// Returns when it has ended, without taking its status: until then its number is no other process's.
    func awaitExit(until deadline: ContinuousClock.Instant) throws(StorageError) {
        while true {
            var information = siginfo_t()
            let result = waitid(P_PID, id_t(identifier), &information, WEXITED | WNOHANG | WNOWAIT)
            if result == 0 && information.si_signo == SIGCHLD { return }
            if result < 0 && errno != EINTR { throw StorageError(.inputOutput, "\(name) cannot be waited for") }
            // It has closed its output and is about to end.
            poll(nil, 0, min(5, try milliseconds(until: deadline)))
        }
    }

    /// Kills what is left of its group and forgets it; to be called once. Returns its exit status, or 128 and the number
    /// of the signal that ended it.
    func end() -> Int {
        kill(-identifier, SIGKILL)
        var status: CInt = 0
        while waitpid(identifier, &status, 0) < 0 && errno == EINTR {}
        return status & 0x7F == 0 ? Int(status >> 8 & 0xFF) : 128 + Int(status & 0x7F)
    }

    private func milliseconds(until deadline: ContinuousClock.Instant) throws(StorageError) -> CInt {
        let left = deadline - .now
        guard left > .zero else { throw StorageError(.timeout, "\(name) takes too long") }
        return CInt(clamping: left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000 + 1)
    }
}
