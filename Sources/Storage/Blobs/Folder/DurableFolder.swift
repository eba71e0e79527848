import Foundation

/// Folders whose names survive a power failure. Calls block.
public enum DurableFolder {
    /// Makes the folder at `path` and what is absent above it, readable by their owner alone, and syncs the folders that
    /// name what was made: a folder without a durable name takes along all that is in it.
    ///
    /// - Throws: `StorageError` `.full`, `.inputOutput`; the message names the folder.
    public static func make(_ path: String) throws(StorageError) {
        do throws(FileError) { try makeAll(path) } catch { throw error.storageError }
    }

    private static func makeAll(_ path: String) throws(FileError) {
        let above = (path as NSString).deletingLastPathComponent
        let parent = above.isEmpty ? "." : above
        if access(path, F_OK) == 0 {
            // Made by whom, and how far did he come? Not every user may read the folder above.
            try? OpenFolder.open(path: parent).sync()
        } else {
            try makeAll(parent)
            if mkdir(path, 0o700) != 0 && errno != EEXIST { throw FileError(name: path, reason: errno) }
            try OpenFolder.open(path: parent).sync()
        }
    }
}
