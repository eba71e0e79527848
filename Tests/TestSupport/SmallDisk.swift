import Foundation

/// A small file system in memory with a folder of its own, unmounted with the object.
public final class SmallDisk {
    public static let canBeMounted = (try? SmallDisk(megabytes: 1)) != nil
    public static let absence = "needs the right to mount a small tmpfs"

    public let path: String

    /// - Throws: `Failure` without the right to mount.
    public init(megabytes: Int) throws {
        path = FileManager.default.temporaryDirectory.appending(path: "aibox-disk-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard try Self.run("mount", "-t", "tmpfs", "-o", "size=\(megabytes)m", "aibox-test", path) == 0 else {
            rmdir(path)
            throw Failure("no tmpfs could be mounted")
        }
    }

    deinit {
        _ = try? Self.run("umount", "-l", path)
        rmdir(path)
    }

    /// Takes every byte that is left.
    public func fill() { Self.fill(path) }

    /// As above, of the disk that is mounted at `path`.
    public static func fill(_ path: String) {
        let descriptor = open(path + "/filler", O_WRONLY | O_CREAT, 0o600)
        defer { close(descriptor) }
        for size in [65536, 4096, 1] {
            let block = [UInt8](repeating: 1, count: size)
            while write(descriptor, block, size) == size {}
        }
    }

    /// Gives back what `fill` took.
    public func free() throws { try FileManager.default.removeItem(atPath: path + "/filler") }

    private static func run(_ arguments: String...) throws -> CInt {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
