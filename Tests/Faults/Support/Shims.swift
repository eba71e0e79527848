import Foundation

/// The libraries of `shims/`, compiled at the first use in a run.
enum Shims {
    static let powerCut = built("powercut", "-shared", "-fPIC", "-ldl", "-pthread")
    static let failingIO = built("failio", "-shared", "-fPIC", "-ldl")
    static let witness = built("witness")

    static let areBuilt = powerCut != nil && failingIO != nil && witness != nil
    static let absence = "no C compiler: apt install gcc"

    /// Where every user may read: PostgreSQL runs as its own. Removed at the end of the process.
    private static let folder: URL = {
        atexit { try? FileManager.default.removeItem(at: Shims.folder) }
        return FileManager.default.temporaryDirectory.appending(path: "aibox-shims-\(getpid())")
    }()

    private static func built(_ name: String, _ options: String...) -> URL? {
        guard let compiler = Places.program("cc") else { return nil }
        let output = folder.appending(path: name)
        let process = Process()
        process.executableURL = compiler
        process.arguments =
            ["-O2", "-o", output.path, Places.shims.appending(path: "\(name).c").path] + options
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try process.run()
        } catch {
            return nil
        }
        process.waitUntilExit()
        return process.terminationStatus == 0 ? output : nil
    }

    /// libfaketime of the Debian package `faketime`.
    static let fakeTime: URL? = {
        let folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib"]
        return folders.map { URL(filePath: "\($0)/faketime/libfaketime.so.1") }
            .first { FileManager.default.fileExists(atPath: $0.path) }
    }()
}
