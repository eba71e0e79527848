import CAssets

/// Files of the repository that are inside the binary.
public enum EmbeddedFiles {
    /// The files below a folder, by their paths in the repository, e.g. `models/plates/vn.json`.
    public static func inside(folder: String) -> [(path: String, bytes: [UInt8])] {
        var count = 0
        guard let assets = aibox_assets(&count) else { return [] }
        return UnsafeBufferPointer(start: assets, count: count).compactMap { asset in
            let path = String(cString: asset.path)
            guard path.hasPrefix(folder + "/") else { return nil }
            return (path, Array(UnsafeBufferPointer(start: asset.bytes, count: asset.count)))
        }
    }
}
