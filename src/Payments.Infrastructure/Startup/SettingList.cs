using System.ComponentModel;

namespace Payments.Infrastructure.Startup;

/// <summary>A list that can be set as one text with spaces or commas, or as a JSON array.</summary>
[TypeConverter(typeof(TextConverter))]
public sealed class SettingList : List<string>
{
    private sealed class TextConverter : TypeConverter
    {
        public override bool CanConvertFrom(ITypeDescriptorContext? context, Type sourceType) => sourceType == typeof(string);

        public override SettingList ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value) =>
            [.. ((string)value).Split([' ', ','], StringSplitOptions.RemoveEmptyEntries)];
    }
}
