/** The password of a form can be looked at while it is typed. */
export function addShow(): void {
  const password = document.querySelector<HTMLInputElement>('#password')
  if (password) addShowButton(password)
}

function addShowButton(input: HTMLInputElement): void {
  const { show = '', hide = '' } = input.dataset
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'show'
  const set = (isShown: boolean) => {
    input.type = isShown ? 'text' : 'password'
    button.textContent = isShown ? hide : show
    button.setAttribute('aria-pressed', String(isShown))
  }
  set(false)
  button.addEventListener('click', () => set(input.type === 'password'))
  // A browser must not learn a password as ordinary text.
  input.form?.addEventListener('submit', () => set(false))
  input.after(button)
}
