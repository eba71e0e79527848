import Synchronization

/// The statements with which reads of several statements begin. Texts come from the program: there are some hundred.
final class LongReads: Sendable {
    private static let limit = 4096
    private let statements = Mutex(Set<String>())

    /// Also when there is no room for more to be remembered.
    func contains(_ statement: String) -> Bool {
        statements.withLock { $0.contains(statement) || $0.count >= Self.limit }
    }

    func note(_ statement: String) {
        statements.withLock { if $0.count < Self.limit { $0.insert(statement) } }
    }
}
