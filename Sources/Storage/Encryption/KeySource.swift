import Foundation
import NIOPosix

/// Where the keys are that everything is sealed under. See `KeyText` for how they are written.
public enum KeySource: Sendable, Hashable {
    /// A file that only the user who runs this program can read.
    case file(String)
    /// What a setting holds; `name` is that of the setting, for messages.
    case value(String, name: String)
    /// A program with its arguments that prints the keys, such as `vault kv get -field=keys secret/aibox`. It is looked
    /// up in `PATH` and run without a shell: words are parted by blanks, and quotes keep blanks within one. It may take
    /// `KeyCommand.patience`, and must exit with 0. What it prints is never logged; what it complains of is in the error.
    case command(String)

    /// - Parameter acceptsPlain: see `KeyRing.acceptsPlain`.
    /// - Throws: `StorageError` `.invalid`, `.denied`, `.inputOutput`, `.timeout`, `.tooLarge`, `.unavailable`.
    public func load(acceptingPlain acceptsPlain: Bool) async throws -> KeyRing {
        try await NIOThreadPool.singleton.runIfActive { try loadBlocking(acceptingPlain: acceptsPlain) }
    }

    func loadBlocking(acceptingPlain acceptsPlain: Bool) throws(StorageError) -> KeyRing {
        let keys =
            switch self {
            case .file(let path): try KeyText.keys(in: Self.text(ofFile: path), from: path)
            case .value(let text, let name): try KeyText.keys(in: text, from: name)
            case .command(let line): try KeyText.keys(in: KeyCommand(line).output(), from: "the key command's output")
            }
        return try KeyRing(keys, acceptingPlain: acceptsPlain)
    }

    private static func text(ofFile path: String) throws(StorageError) -> String {
        let file = try DurableFile(path, O_RDONLY)
        let status = try file.status()
        guard status.st_mode & S_IFMT == S_IFREG else { throw StorageError(.invalid, "\(path) is no file") }
        guard status.st_mode & 0o077 == 0 else {
            let mode = String(status.st_mode & 0o777, radix: 8)
            throw StorageError(.denied, "others can read the keys in \(path) (mode \(mode)): chmod 600 \(path)")
        }
        guard status.st_size <= KeyText.limit else { throw StorageError(.tooLarge, "\(path) is no file of keys") }
        return String(decoding: try file.read(at: 0, count: Int(status.st_size)), as: UTF8.self)
    }
}
