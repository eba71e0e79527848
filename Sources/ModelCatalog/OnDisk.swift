import NIOPosix

/// Runs blocking file work on the thread pool for it, so that no thread of Swift's own pool waits for a disk.
func onDisk<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await NIOThreadPool.singleton.runIfActive(work)
}
