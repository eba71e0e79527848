import Foundation
import TestSupport
import Testing

@testable import Storage

@Suite(.enabled(if: TestPostgres.isInstalled, "\(TestPostgres.absence)"), .timeLimit(.minutes(2)))
struct PostgresArchiveTests {
    /// A program that says `words` and fails, in place of pg_dump.
    private func dump(saying words: String, _ body: (PostgresArchive, DurableFile) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let program = folder.appending(path: "pg_dump").path
            try Data("#!/bin/sh\nprintf '%s\\n' \"$*\" > '\(folder.path)/arguments'\n\(words)\n".utf8)
                .write(to: URL(filePath: program))
            chmod(program, 0o755)
            var archive = PostgresArchive()
            archive.dump = program
            try await body(archive, try DurableFile(folder.appending(path: "out").path, O_RDWR | O_CREAT))
            let arguments = try String(contentsOf: folder.appending(path: "arguments"), encoding: .utf8)
            #expect(!arguments.contains("secret"))
        }
    }

    private func failure(_ archive: PostgresArchive, _ file: DurableFile) -> StorageError? {
        #expect(throws: StorageError.self) {
            try archive.write("postgres://ann:secret@db.example/aibox", to: file) { _ in }
        }
    }

    @Test func anOldProgramIsExplained() async throws {
        try await dump(saying: "echo 'pg_dump: error: aborting because of server version mismatch' >&2; exit 1") {
            let refused = failure($0, $1)
            #expect(refused?.code == .denied && refused?.message.contains("newer one") == true)
        }
    }

    @Test func anAbsentProgramIsNamedWithWhatToInstall() throws {
        var archive = PostgresArchive()
        archive.dump = "/nowhere/pg_dump"
        let file = try DurableFile(NSTemporaryDirectory() + "/aibox-\(UUID().uuidString)", O_RDWR | O_CREAT)
        defer { unlink(file.path) }
        let refused = failure(archive, file)
        #expect(refused?.code == .notFound && refused?.message.contains("postgresql-client") == true)
    }

    @Test func thePasswordIsInTheEnvironmentAlone() async throws {
        let words = #"test "$PGPASSWORD,$PGUSER,$PGHOST,$PGDATABASE" = secret,ann,db.example,aibox && printf archive"#
        try await dump(saying: words) { archive, file in
            let (bytes, sha256) = try archive.write("postgres://ann:secret@db.example/aibox", to: file) { _ in }
            #expect(bytes == 7 && sha256.count == 64)
        }
    }

    @Test func aServerThatWantsAPasswordIsServed() async throws {
        let server = try TestPostgres(password: "sesame")
        defer { server.remove() }
        let folder = NSTemporaryDirectory() + "/aibox-backups-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let database = try await PostgresDatabase.open(.init(url: server.url(password: "sesame")))
        let world = BackupWorld(database: database, url: nil, folder: folder)
        try await world.define()
        #expect(try await world.backUp().bytes > 0)
        await database.close()
    }
}
