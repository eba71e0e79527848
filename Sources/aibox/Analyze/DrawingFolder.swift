import AIBoxAPI
import Foundation

/// Where annotated pictures go: a file for each picture, named after it, never over an original.
struct DrawingFolder {
    private let folder: URL
    private let names: [String: String]

    /// - Throws: `CommandFailure` when the folder cannot be made or holds one of the pictures.
    init(_ path: String, for pictures: [String]) throws {
        folder = URL(filePath: path).standardizedFileURL
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw CommandFailure("--annotate: the folder \(path) cannot be made: \(error.localizedDescription)")
        }
        let place = folder.resolvingSymlinksInPath().path
        for picture in pictures {
            let parent = URL(filePath: picture).resolvingSymlinksInPath().deletingLastPathComponent().path
            guard parent != place else {
                throw CommandFailure(
                    "--annotate: \(path) holds the pictures themselves; choose another folder", .usage)
            }
        }
        names = Self.names(of: pictures)
    }

    /// - Throws: `Problem`, which spoils this picture only.
    func write(_ jpeg: Data, for picture: String) throws {
        let name = names[picture] ?? URL(filePath: picture).lastPathComponent
        do {
            try jpeg.write(to: folder.appending(path: name))
        } catch {
            throw Problem(
                507, "Not written", detail: "the drawing \(name) cannot be written: \(error.localizedDescription)")
        }
    }

    /// `x.jpg` stays, `x.png` becomes `x.png.jpg`; a name that comes again gets a number.
    private static func names(of pictures: [String]) -> [String: String] {
        var taken: Set<String> = []
        var names: [String: String] = [:]
        for picture in pictures where names[picture] == nil {
            let file = URL(filePath: picture)
            let isJPEG = ["jpg", "jpeg"].contains(file.pathExtension.lowercased())
            var name = file.lastPathComponent + (isJPEG ? "" : ".jpg")
            var number = 2
            while !taken.insert(name).inserted {
                name = "\(file.deletingPathExtension().lastPathComponent)-\(number).jpg"
                number += 1
            }
            names[picture] = name
        }
        return names
    }
}
