extension CatalogEntry {
    /// How a picture, or a region of one, becomes the model's input.
    public struct Input: Codable, Hashable, Sendable {
        /// Name of the input in the file.
        public var name: String
        /// What the input is made of; `nil` is a picture. All but the name describes pictures only.
        public var source: Source?
        public var element: Element
        public var layout: Layout
        public var channels: Channels
        public var fit: Fit
        /// Value 0–255 of every channel outside the picture, before normalisation.
        public var pad: Int
        /// Per channel in the order of `channels`: the input is (value − mean) / std, with values 0–255.
        public var mean: [Double]
        public var std: [Double]
        public var sizes: Sizes
        /// For `shortestSide`: the longer side's upper bound.
        public var longestSide: Int?
        /// What is cut out of the picture first; `nil` takes a region as it is.
        public var crop: Crop?

        enum CodingKeys: String, CodingKey {
            case name, source, element, layout, channels, fit, pad, mean, std, sizes, crop
            case longestSide = "longest_side"
        }
    }
}

extension CatalogEntry.Input {
    public enum Source: String, CatalogName {
        case picture
        /// The keypoints that a pose model found: float32 [batch, 3 × points] of x and y in 0–1 of the person's box and
        /// confidence.
        case keypoints
    }

    public init(from decoder: any Swift.Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let source = try values.decodeIfPresent(Source.self, forKey: .source)
        let name = try values.decode(String.self, forKey: .name)
        self = source == .keypoints ? Self(keypoints: name) : try Self(picture: name, values)
        self.source = source
    }

    private init(picture name: String, _ values: KeyedDecodingContainer<CodingKeys>) throws {
        self.init(
            name: name, element: try values.decode(Element.self, forKey: .element),
            layout: try values.decode(Layout.self, forKey: .layout),
            channels: try values.decode(Channels.self, forKey: .channels),
            fit: try values.decode(Fit.self, forKey: .fit), pad: try values.decode(Int.self, forKey: .pad),
            mean: try values.decode([Double].self, forKey: .mean), std: try values.decode([Double].self, forKey: .std),
            sizes: try values.decode(Sizes.self, forKey: .sizes),
            longestSide: try values.decodeIfPresent(Int.self, forKey: .longestSide),
            crop: try values.decodeIfPresent(Crop.self, forKey: .crop))
    }

    /// An input without a picture: what describes one is neutral and need not stand in the catalogue.
    private init(keypoints name: String) {
        let size = Size(width: 1, height: 1)
        self.init(
            name: name, source: .keypoints, element: .float32, layout: .nchw, channels: .rgb, fit: .stretch, pad: 0,
            mean: [0, 0, 0], std: [1, 1, 1], sizes: Sizes(fast: size, balanced: size, accurate: size))
    }

    public enum Element: String, CatalogName {
        case float32, uint8
    }

    public enum Layout: String, CatalogName {
        case nchw = "NCHW"
        case nhwc = "NHWC"
    }

    public enum Channels: String, CatalogName {
        case rgb = "RGB"
        case bgr = "BGR"
    }

    public enum Fit: String, CatalogName {
        /// Aspect kept, centred.
        case letterbox
        /// Aspect kept, picture at the top left.
        case letterboxTopLeft = "letterbox_top_left"
        /// Both sides scaled to the size on their own.
        case stretch
        /// Aspect kept, longer side = size, canvas rounded up to multiples of 32, picture at the top left.
        case longestSide = "longest_side"
        /// Aspect kept, shorter side at least the size's and longer at most `longestSide`, each side then rounded
        /// to a multiple of 32.
        case shortestSide = "shortest_side"
        /// Height of the size, width by aspect and at most the size's.
        case naturalWidth = "natural_width"
    }

    /// Width and height of the input for each profile; a model of one size repeats it.
    public struct Sizes: Codable, Hashable, Sendable {
        public var fast: Size
        public var balanced: Size
        public var accurate: Size

        public subscript(profile: ModelProfile) -> Size {
            switch profile {
            case .fast: fast
            case .balanced: balanced
            case .accurate: accurate
            }
        }

        /// Whether the profiles share one size, as every model with a fixed input must.
        public var isFixed: Bool { fast == balanced && balanced == accurate }
    }

    /// Pixels; `[width, height]` in JSON.
    public struct Size: Codable, Hashable, Sendable {
        public var width: Int
        public var height: Int

        public init(width: Int, height: Int) {
            self.width = width
            self.height = height
        }

        public init(from decoder: any Swift.Decoder) throws {
            let values = try [Int](from: decoder)
            guard values.count == 2 else {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: decoder.codingPath, debugDescription: "must be [width, height]"))
            }
            self.init(width: values[0], height: values[1])
        }

        public func encode(to encoder: any Encoder) throws {
            try [width, height].encode(to: encoder)
        }
    }

    /// A region made from a box or from points that another model found.
    public struct Crop: Codable, Hashable, Sendable {
        public enum Kind: String, CatalogName {
            /// The box, enlarged.
            case box
            /// The box made square about its centre, enlarged.
            case square
            /// A square turned so that the two given points lie level, enlarged.
            case turnedSquare = "turned_square"
            /// The similarity transform that brings points onto `template`.
            case aligned
        }

        public enum Border: String, CatalogName {
            /// The region is moved until it lies inside the picture.
            case shift
            /// Black beyond the picture.
            case zero
            /// The picture's edge pixels go on.
            case replicate
        }

        public var kind: Kind
        /// Side of the region over side of the box.
        public var scale: Double
        public var border: Border
        /// Pixels of the input, `[x, y]` a point.
        public var template: [[Double]]?
        /// Black beyond the box grown on each side by this share of its longer side: neighbours lend nothing.
        public var mask: Double?
    }
}
