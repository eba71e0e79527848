import CPostgres
import Glibc

/// Where a server is and how to sign in: a libpq connection string, read once.
///
/// Everything libpq knows may stand in it: several hosts with `target_session_attrs`, `sslmode`, `sslrootcert`,
/// `passfile` … Without `sslmode` libpq uses `prefer`: TLS when the server offers it, without proof of who it is. Beyond
/// a trusted network say `sslmode=verify-full`.
struct PostgresTarget: Sendable {
    /// libpq's keywords with their values; the defaults of this program first.
    let parameters: [(keyword: String, value: String)]
    /// Hosts, ports and the name of the database, for messages.
    let description: String
    /// How many hosts there are to try.
    let hostCount: Int
    private let secrets: [String]

    /// - Throws: `.invalid` when libpq does not understand the text. The message does not repeat it: it may hold the
    ///   password.
    init(_ url: String, statementTimeout: Duration, lockTimeout: Duration) throws(StorageError) {
        var given = try Self.options(of: url)
        let timeouts =
            "-c statement_timeout=\(statementTimeout.milliseconds) -c lock_timeout=\(lockTimeout.milliseconds)"
            + " -c idle_in_transaction_session_timeout=\((statementTimeout * 2).milliseconds)"
        given["options"] = [timeouts, given["options"]].compactMap(\.self).joined(separator: " ")
        given["client_encoding"] = "UTF8"
        let defaults = [
            "fallback_application_name": "aibox", "keepalives": "1", "keepalives_idle": "30",
            "keepalives_interval": "10", "keepalives_count": "3", "tcp_user_timeout": "30000",
        ]
        given.merge(defaults) { given, _ in given }
        parameters = given.sorted { $0.key < $1.key }.map { (keyword: $0.key, value: $0.value) }
        secrets = ["password", "sslpassword"].compactMap { given[$0] }.filter { !$0.isEmpty }
        let hosts = (given["host"] ?? given["hostaddr"] ?? "local").split(
            separator: ",", omittingEmptySubsequences: false)
        let ports = (given["port"] ?? "5432").split(separator: ",", omittingEmptySubsequences: false)
        let places = hosts.enumerated().map { "\($1):\(ports[min($0, ports.count - 1)])" }
        description = places.joined(separator: ",") + "/" + (given["dbname"] ?? given["user"] ?? "")
        hostCount = hosts.count
    }

    static func options(of url: String) throws(StorageError) -> [String: String] {
        var message: UnsafeMutablePointer<CChar>?
        defer { PQfreemem(message) }
        guard !url.utf8.contains(0), let options = PQconninfoParse(url, &message) else {
            throw StorageError(.invalid, "the URL of the database is none that libpq understands")
        }
        defer { PQconninfoFree(options) }
        var given: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { given[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return given
    }

    /// libpq's keywords and the environment variables that stand for them, where there is one.
    static func variables() throws(StorageError) -> [String: String] {
        guard let options = PQconndefaults() else { throw StorageError(.unavailable, "out of memory") }
        defer { PQconninfoFree(options) }
        var variables: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let variable = option.pointee.envvar { variables[String(cString: keyword)] = String(cString: variable) }
            option += 1
        }
        return variables
    }

    /// A message of libpq or the server on one line, without a password.
    func redacted(_ message: String) -> String {
        let line = message.split(whereSeparator: \.isNewline).joined(separator: " ").replacing("\t", with: " ")
        return secrets.reduce(line) { $0.replacing($1, with: "***") }
    }

    /// Calls `body` with the parameters as libpq takes them: two arrays of C strings that end with a null pointer.
    func withKeywords<Value>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<UnsafePointer<CChar>?>?) -> Value
    ) -> Value {
        let strings = parameters.flatMap { [strdup($0.keyword), strdup($0.value)] }
        defer { for string in strings { free(string) } }
        let keywords = stride(from: 0, to: strings.count, by: 2).map { UnsafePointer(strings[$0]) } + [nil]
        let values = stride(from: 1, to: strings.count, by: 2).map { UnsafePointer(strings[$0]) } + [nil]
        return body(keywords, values)
    }
}

extension Duration {
    /// Whole milliseconds.
    var milliseconds: Int { Int(self / .milliseconds(1)) }
}
