/// Why the settings cannot be used. The message begins with the place: `--port`, `AIBOX_PORT` or `FILE:LINE: port`.
public struct SettingsError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// A flag, a variable of ours or a key that does not exist.
        case unknownName
        /// A value that is not of the setting's kind or out of its range.
        case badValue
        /// The same setting twice in one place.
        case conflict
        /// A file that is absent, unreadable, too large or not text.
        case unreadableFile
        /// A settings file that is no YAML mapping.
        case brokenFile
    }

    public let code: Code
    public let message: String
    /// What the operator can do, when the message does not say it.
    public let remedy: String?

    init(_ code: Code, _ message: String, remedy: String? = nil) {
        self.code = code
        self.message = message
        self.remedy = remedy
    }

    public var description: String { remedy.map { "\(message) (\($0))" } ?? message }
}

extension SettingsError {
    /// `place` is what was written, `candidates` are the names that exist, in the same form.
    static func unknown(_ place: String, written: String, candidates: [String]) -> SettingsError {
        let nearest = nearestName(to: written, among: candidates)
        return SettingsError(
            .unknownName, "\(place) is no setting", remedy: nearest.map { "the nearest known name is \($0)" })
    }
}
