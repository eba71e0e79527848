import AIBoxAPI
import Crypto
import Foundation

/// Archives of a database by PostgreSQL's own `pg_dump` and `pg_restore`. All calls block.
///
/// What tells where the server is, the password included, goes to the programs in their environment: arguments can be
/// read by every user of the machine. The archive comes through a pipe, so that a program whose caller was killed ends.
struct PostgresArchive {
    private static let pause = Duration.milliseconds(200)
    /// For a program to end after it has closed its output.
    private static let patience = Duration.seconds(60)
    /// Bytes of its complaint that an error shows.
    private static let complaintLimit = 1000

    var dump = "pg_dump"
    var restore = "pg_restore"

    /// Writes all that the database of `url` has, as of one snapshot, into `file`, synced.
    ///
    /// - Parameter progress: called with the bytes written, and now and then without news; what it throws ends the dump.
    /// - Returns: bytes and SHA-256 of the archive.
    func write(
        _ url: String, to file: DurableFile, _ progress: (_ done: Int64) throws -> Void
    ) throws -> (bytes: Int64, sha256: String) {
        var (hash, written) = (SHA256(), 0)
        let words = [dump, "--format=custom", "--no-password"]
        try run(words, PostgresTarget.environment(of: url), check: { try progress(Int64(written)) }) { bytes in
            try file.write(bytes, at: written)
            hash.update(data: bytes)
            written += bytes.count
        }
        try file.sync()
        return (Int64(written), hash.finalize().hexadecimal)
    }

    /// Reads all of an archive.
    ///
    /// - Throws: `.damaged`.
    func verify(_ path: String, _ check: () throws -> Void) throws {
        do {
            try run([restore, "--file=/dev/null", path], [:], check: check) { _ in }
        } catch let error as StorageError where error.code == .statement {
            throw StorageError(.damaged, "\(path) is damaged: \(error.message)")
        }
    }

    /// Makes the tables and rows of an archive in the database of `url`, all of them or none.
    func restore(_ path: String, into url: String, _ check: () throws -> Void) throws {
        let environment = try PostgresTarget.environment(of: url)
        let words = [
            restore, "--no-password", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error",
            "--dbname=\(environment["PGDATABASE"] ?? environment["PGUSER"] ?? "")", path,
        ]
        try run(words, environment, check: check) { _ in }
    }

    /// - Throws: `.notFound` without the program, `.denied` when it is too old or refused, else `.statement` with what it
    ///   said.
    private func run(
        _ words: [String], _ environment: [String: String], check: () throws -> Void,
        _ output: ([UInt8]) throws -> Void
    ) throws {
        let program = try start(words, environment)
        var complaint: [UInt8] = []
        do {
            while let (bytes, isComplaint) = try next(of: program, check) {
                if isComplaint {
                    complaint = Array((complaint + bytes).suffix(Self.complaintLimit))
                } else {
                    try output(bytes)
                }
            }
            try program.awaitExit(until: .now + Self.patience)
        } catch {
            _ = program.end()
            throw error
        }
        let status = program.end()
        if status != 0 { throw Self.failure(words[0], status, String(decoding: complaint, as: UTF8.self)) }
    }

    private func start(_ words: [String], _ environment: [String: String]) throws -> ChildProcess {
        do throws(StorageError) {
            // Its complaints are looked at: in one language.
            return try ChildProcess(words, environment: environment.merging(["LC_ALL": "C"]) { $1 })
        } catch {
            guard error.code == .notFound else { throw error }
            throw StorageError(
                .notFound,
                "\(words[0]) is absent: install PostgreSQL's client programs, of the server's version or a newer one "
                    + "(Debian: apt-get install postgresql-client)")
        }
    }

    private func next(
        of program: ChildProcess, _ check: () throws -> Void
    ) throws -> (bytes: [UInt8], isComplaint: Bool)? {
        while true {
            try check()
            do throws(StorageError) {
                return try program.read(until: .now + Self.pause)
            } catch {
                guard error.code == .timeout else { throw error }
            }
        }
    }

    private static func failure(_ program: String, _ status: Int, _ complaint: String) -> StorageError {
        let text = complaint.split(whereSeparator: \.isNewline).joined(separator: "; ")
        if text.contains("version mismatch") || text.contains("unsupported version") {
            return StorageError(
                .denied,
                "\(program) is older than what it reads: install the client programs of the server's version or a newer "
                    + "one (\(text))")
        }
        let isRefused = ["authentication failed", "no password supplied", "permission denied"].contains {
            text.contains($0)
        }
        return StorageError(isRefused ? .denied : .statement, "\(program) ended with status \(status): \(text)")
    }
}

extension PostgresTarget {
    /// A connection string as the environment variables of libpq's own programs.
    ///
    /// - Throws: `.invalid` when libpq does not understand the text, or something in it has no variable.
    static func environment(of url: String) throws(StorageError) -> [String: String] {
        let given = try options(of: url)
        let variables = try self.variables()
        var environment: [String: String] = [:]
        for (keyword, value) in given {
            if let variable = variables[keyword] { environment[variable] = value }
            if keyword == "sslpassword" {
                throw StorageError(
                    .invalid, "pg_dump takes no sslpassword: use a client key without one that only aibox's user reads")
            }
        }
        return environment
    }
}
