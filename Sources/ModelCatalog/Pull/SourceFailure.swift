/// Why one source did not give the file.
enum SourceFailure: Error {
    /// Trying again may help: the line broke, the server is busy.
    case transient(String, retryAfter: Duration? = nil)
    /// Trying again will not: the source serves something else, or nothing.
    case permanent(String)

    var reason: String {
        switch self {
        case .transient(let reason, _), .permanent(let reason): reason
        }
    }
}
