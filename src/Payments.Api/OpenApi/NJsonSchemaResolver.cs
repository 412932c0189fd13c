using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace Payments.Api.OpenApi;

/// <summary>
/// NSwag 14.8.0 asks for NJsonSchema.NewtonsoftJson 11.6.2 and runs with 11.6.1, which is what every package feed that this project is
/// built from has. The runtime must be told that the older one will do.
/// </summary>
internal static class NJsonSchemaResolver
{
    private const string AssemblyName = "NJsonSchema.NewtonsoftJson";

#pragma warning disable CA2255 // Nothing else runs before the first type that needs the assembly is loaded.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void AcceptOlderVersion() => AssemblyLoadContext.Default.Resolving += (context, name) =>
        name.Name == AssemblyName
            ? context.LoadFromAssemblyName(new AssemblyName(AssemblyName)) // of any version, from wherever the service was published to
            : null;
}
