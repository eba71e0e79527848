import Foundation
import Testing

@testable import Storage

@Suite struct KeySourceTests {
    private let key = WrappingKey()
    private let older = WrappingKey()

    private func names(_ text: String) throws -> [KeyID] { try KeyText.keys(in: text, from: "test").map(\.id) }

    @Test func keysAreReadInEveryFormNewestFirst() throws {
        let base64 = String(key.line.split(separator: ":")[1])
        let hexadecimal = try #require(Data(base64Encoded: base64)).map { String(format: "%02X", $0) }.joined()
        #expect(try names(base64) == [key.id])
        #expect(try names(hexadecimal) == [key.id])
        #expect(try names("# keys\r\n\r\n\(key.line)\r\n  \(older.line)\n") == [key.id, older.id])
    }

    @Test func whatIsNoKeyIsRefusedAndNeverQuoted() throws {
        let secret = String(key.line.split(separator: ":")[1])
        let lines = [
            "", "# nothing", String(secret.dropLast(3)), "\(older.id):\(secret)", "x:\(secret)", "\(secret)\(secret)",
            "::",
            String(repeating: "g", count: 64),
        ]
        for line in lines {
            let error = #expect(throws: StorageError.self, "\(line)") { try names(line) }
            #expect(error?.code == .invalid)
            #expect(error?.message.contains(secret.prefix(8)) == false)
        }
    }

    @Test func aFileThatOthersCanReadIsRefusedWithWhatToDo() async throws {
        try await withFolder { folder in
            let path = folder + "/keys"
            try Array(key.line.utf8).write(to: path)
            for mode in [0o644, 0o640, 0o604, 0o660, 0o602] {
                try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
                let error = await #expect(throws: StorageError.self) {
                    try await KeySource.file(path).load(acceptingPlain: false)
                }
                #expect(error?.code == .denied)
                #expect(error?.message.contains("chmod 600 \(path)") == true)
            }
            for mode in [0o600, 0o400] {
                try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
                #expect(try await KeySource.file(path).load(acceptingPlain: true).current.id == key.id)
            }
        }
    }

    @Test func aFileThatIsMissingAFolderAndAHugeFileAreRefused() async throws {
        try await withFolder { folder in
            func refusal(_ path: String) async -> StorageError.Code? {
                await awaitedCode { _ = try await KeySource.file(path).load(acceptingPlain: false) }
            }
            #expect(await refusal(folder + "/none") == .notFound)
            #expect(await refusal(folder) == .invalid)
            try [UInt8](repeating: 10, count: KeyText.limit + 1).write(to: folder + "/huge")
            chmod(folder + "/huge", 0o600)
            #expect(await refusal(folder + "/huge") == .tooLarge)
        }
    }

    @Test func aSettingHoldsKeysToo() async throws {
        let source = KeySource.value("\(key.line)\n\(older.line)", name: "AIBOX_ENCRYPTION_KEY")
        let ring = try await source.load(acceptingPlain: true)
        #expect(ring.keys.map(\.id) == [key.id, older.id])
        #expect(ring.acceptsPlain)
        let error = await #expect(throws: StorageError.self) {
            try await KeySource.value("x", name: "AIBOX_ENCRYPTION_KEY").load(acceptingPlain: false)
        }
        #expect(error?.message.contains("AIBOX_ENCRYPTION_KEY") == true)
    }

    @Test func aCommandPrintsKeys() async throws {
        let source = KeySource.command("printf '%s\\n%s' \(key.line) \(older.line)")
        #expect(try await source.load(acceptingPlain: false).keys.map(\.id) == [key.id, older.id])
    }
}
