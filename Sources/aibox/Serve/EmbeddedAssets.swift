import CAssets

/// The files that are inside the binary: the page and the API document.
enum EmbeddedAssets {
    static func all() -> [String: [UInt8]] {
        var count = 0
        guard let assets = aibox_assets(&count) else { return [:] }
        let files = UnsafeBufferPointer(start: assets, count: count).map { asset in
            (String(cString: asset.path), Array(UnsafeBufferPointer(start: asset.bytes, count: asset.count)))
        }
        return Dictionary(files) { first, _ in first }
    }
}
